// The map of an array beside that of a pool, of which an initializer runs once in each worker. And workers that are
// replaced after two tasks; in Python this is only for processes.
import { threadId } from 'node:worker_threads';
import { isMain, Pool, task } from '@mp/pool';
import { cpuCount, currentProcess } from '@mp/process';
import { print } from '../print.ts';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

const KINDS = ['process', 'thread'] as const;

export const scene: Scene = {
  title: 'map, an initializer, and replaced workers',
  seed: '1309–1339',
  proof({ lines }) {
    const names = Array.from({ length: cpuCount() * 2 }, (_, i) => `Starting PoolWorker-${i + 1}`);
    const outputs = '0 2 4 6 8 10 12 14 16 18';
    const programs = lines.join('\n').split(/^(?=Inputs)/m);
    prove('programs', programs.length, KINDS.length);
    for (const [i, kind] of KINDS.entries()) {
      const own = programs[i].trim().split('\n');
      const starts = own.filter((line) => line.startsWith('Starting'));
      prove(`the initializer runs once in each worker, ${kind}`, starts.sort(), names.sort());
      prove(
        `the other lines, ${kind}`,
        own.filter((line) => !line.startsWith('Starting')),
        [
          'Inputs  : 0 1 2 3 4 5 6 7 8 9',
          `Built-in: ${outputs}`,
          `Pool    : ${outputs}`,
          `a new ${kind} after two tasks: 0 0 2 2 4 4`,
        ],
      );
    }
  },
};

export const doCalculation = task(import.meta, (data: number) => data * 2);

export const startProcess = task(import.meta, () => print(`Starting ${currentProcess().name}`));

export const whoAmI = task(import.meta, () => `${process.pid}.${threadId}`);

if (isMain(import.meta)) {
  for (const kind of KINDS) {
    const inputs = [...Array(10).keys()];
    print(`Inputs  : ${inputs.join(' ')}`);
    print(`Built-in: ${inputs.map((data) => doCalculation(data)).join(' ')}`);

    const pool = new Pool({ workers: cpuCount() * 2, init: [startProcess], kind });
    const outputs = await pool.map(doCalculation, inputs);
    pool.close();
    await pool.join();
    print(`Pool    : ${outputs.join(' ')}`);

    const replaced = new Pool({ workers: 1, recycle: { tasks: 2 }, kind });
    const ids: string[] = [];
    for (let i = 0; i < 6; i++) ids.push(await replaced.apply(whoAmI));
    print(`a new ${kind} after two tasks: ${ids.map((id) => ids.indexOf(id)).join(' ')}`);
    replaced.close();
    await replaced.join();
  }
}
