// What a pool is made with: `workers`, `init` and `recycle` are Python's processes, initializer with its initargs, and
// maxtasksperchild; a context there is none. The article is wrong in two points: all workers are started at once and not
// when there is work, and without an initializer none is called. A pool belongs to the process that made it.
import { isMain, Pool, task } from '@mp/pool';
import { cpuCount, Process } from '@mp/process';
import { print } from '../print.ts';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

const KINDS = ['process', 'thread'] as const;

export const scene: Scene = {
  title: 'Options of a pool',
  seed: '1490–1510',
  proof({ lines }) {
    const wanted = KINDS.flatMap((kind) => [
      'as many as processors: true',
      `a pool for a ${kind}: refused`,
      'there from the start: 2',
      'given',
    ]);
    prove('the lines', lines, wanted);
  },
};

export const nothing = task(import.meta, (_pool: Pool) => {});

let kept = 'nothing';

export const keep = task(import.meta, (text: string) => {
  kept = text;
});

export const tell = task(import.meta, () => kept);

function proveRefusal(error: unknown): void {
  const { code, message } = error as NodeJS.ErrnoException;
  prove('the code of the refusal', code, 'ERR_MP_SERIALIZATION');
  const why = /args\[0\].*Pool belongs to the process that made it/;
  prove('why it is refused', why.test(message) ? why : message, why);
}

if (isMain(import.meta)) {
  for (const kind of KINDS) {
    const usual = new Pool({ kind });
    print(`as many as processors: ${usual.stats().workers.length === cpuCount()}`);
    proveRefusal(await usual.apply(nothing, [usual]).catch((reason) => reason));
    try {
      new Process({ target: nothing, args: [usual] }).start();
    } catch (error) {
      proveRefusal(error);
      print(`a pool for a ${kind}: refused`);
    }
    await usual.terminate();

    const pool = new Pool({ workers: 2, init: [keep, 'given'], recycle: { tasks: 5 }, kind });
    print(`there from the start: ${pool.stats().workers.length}`);
    print(await pool.apply(tell));
    pool.close();
    await pool.join();
  }
}
