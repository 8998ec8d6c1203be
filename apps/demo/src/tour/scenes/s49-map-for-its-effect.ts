// A map whose task has an effect and no result, in as many workers as there are processors.
import { isMain, Pool, task } from '@mp/pool';
import { cpuCount } from '@mp/process';
import { print } from '../print.ts';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

const KINDS = ['process', 'thread'] as const;

export const scene: Scene = {
  title: 'map for its effect',
  seed: '1388–1399',
  proof({ lines }) {
    const squares = ['0', '1', '16', '25', '36', '4', '49', '9'];
    for (const kind of KINDS) prove(`the squares, ${kind}`, lines.splice(0, 8).sort(), squares);
    prove('more lines', lines, []);
  },
};

export const m1 = task(import.meta, (x: number) => print(x * x));

if (isMain(import.meta)) {
  for (const kind of KINDS) {
    const pool = new Pool({ workers: cpuCount(), kind });
    const results = await pool.map(m1, Array(8).keys());
    prove('the results', results, Array<undefined>(8).fill(undefined));
    pool.close();
    await pool.join();
  }
}
