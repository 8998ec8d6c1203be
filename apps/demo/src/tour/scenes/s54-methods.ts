// All methods of Python's pool. What is `apply_async` there is apply() here, as a result can be awaited; what blocks is
// applySync(). Callbacks are given to then(). A call that terminate() leaves undone is rejected, where Python's get() waits
// without end.
import { isMain, Pool, task } from '@mp/pool';
import { print } from '../print.ts';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

const KINDS = ['process', 'thread'] as const;

export const scene: Scene = {
  title: 'All methods of a pool',
  seed: '1511–1530',
  proof({ lines }) {
    const wanted = KINDS.flatMap((kind) => [
      `-- ${kind}`,
      'apply 3',
      'apply_async 7',
      'error_callback TypeError',
      'map 1 4 9',
      'map_async 16 25',
      'imap 1 4 9',
      'imap_unordered 1 4 9',
      'starmap 3 7',
      'starmap_async 3 7',
      'callbacks 3',
      'join before close: TypeError',
      'closed',
      'terminated',
    ]);
    prove('the lines', lines, wanted);
  },
};

export const add = task(import.meta, (a: number, b: number) => a + b);

export const square = task(import.meta, (x: number) => x * x);

export const fail = task(import.meta, () => {
  throw new TypeError('it fails');
});

export const forever = task(import.meta, () => new Promise(() => setInterval(() => {}, 60_000)));

if (isMain(import.meta)) {
  for (const kind of KINDS) {
    print(`-- ${kind}`);
    const pool = new Pool({ workers: 2, kind });
    let callbacks = 0;
    const callback = <T>(value: T) => {
      callbacks++;
      return value;
    };
    const errorCallback = (error: unknown) => print(`error_callback ${(error as Error).name}`);

    print(`apply ${pool.applySync(add, [1, 2])}`);
    print(`apply_async ${await pool.apply(add, [3, 4]).then(callback)}`);
    await pool.apply(fail).then(callback, errorCallback);
    print(`map ${pool.mapSync(square, [1, 2, 3]).join(' ')}`);
    print(`map_async ${(await pool.map(square, [4, 5]).then(callback)).join(' ')}`);
    const [inOrder, unordered]: number[][] = [[], []];
    for await (const value of pool.imap(square, [1, 2, 3])) inOrder.push(value);
    for await (const value of pool.imapUnordered(square, [1, 2, 3])) unordered.push(value);
    print(`imap ${inOrder.join(' ')}`);
    print(`imap_unordered ${unordered.sort().join(' ')}`);
    const pairs: [number, number][] = [
      [1, 2],
      [3, 4],
    ];
    print(`starmap ${(await pool.starmap(add, pairs)).join(' ')}`);
    print(`starmap_async ${(await pool.starmap(add, pairs).then(callback)).join(' ')}`);
    print(`callbacks ${callbacks}`);

    await pool.join().catch((error: Error) => print(`join before close: ${error.name}`));
    pool.close();
    await pool.join();
    prove('workers of the closed pool', pool.stats().workers, []);
    print('closed');

    const other = new Pool({ workers: 1, kind });
    const undone = other.apply(forever);
    await other.terminate();
    const error = await undone.catch((reason) => reason);
    prove('what became of the call', (error as NodeJS.ErrnoException).code, 'ERR_MP_CLOSED');
    prove('workers of the terminated pool', other.stats().workers, []);
    print('terminated');
  }
}
