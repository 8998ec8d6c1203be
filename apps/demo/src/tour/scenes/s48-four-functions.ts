// Four functions in one pool of four workers; the article calls it several pools. None goes on before all have begun, so
// each has a worker of its own.
import { setTimeout as sleep } from 'node:timers/promises';
import { threadId } from 'node:worker_threads';
import { Barrier } from '@mp/lock';
import { isMain, Pool, task } from '@mp/pool';
import { print } from '../print.ts';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

const NAMES = ['Allen', 'Frank', 'Lee', 'Marlon'];

export const scene: Scene = {
  title: 'Four functions in one pool',
  seed: '1341–1387',
  proof({ lines }) {
    const programs = lines.join('\n').split(/^(?=parent )/m);
    prove('programs', programs.length, 2);
    for (const text of programs) {
      const [, parent] = /^parent (.*)\n/.exec(text)!;
      const begun = [...text.matchAll(/^Run task (\w+)-(.*)$/gm)];
      prove('each function runs once', begun.map(([, name]) => name).sort(), NAMES);
      const homes = new Set([parent, ...begun.map(([, , home]) => home)]);
      prove('each has a worker of its own, and none runs in the parent', homes.size, 5);
      const over = [...text.matchAll(/^Task (\w+) runs \d\.\d\d seconds\.$/gm)];
      prove('each function ends', over.map(([, name]) => name).sort(), NAMES);
      const own = text.trim().split('\n');
      prove('the parent waits', own.includes('Waiting for all subprocesses done...'), true);
      prove('until all are done', own.at(-1), 'All subprocesses done.');
      prove('the number of lines', own.length, 11);
    }
  },
};

const whoAmI = `${process.pid}.${threadId}`;

async function run(name: string, all: Barrier): Promise<void> {
  print(`Run task ${name}-${whoAmI}`);
  const start = performance.now();
  await all.wait();
  await sleep(Math.random() * 50);
  print(`Task ${name} runs ${((performance.now() - start) / 1000).toFixed(2)} seconds.`);
}

export const lee = task(import.meta, (all: Barrier) => run('Lee', all));
export const marlon = task(import.meta, (all: Barrier) => run('Marlon', all));
export const allen = task(import.meta, (all: Barrier) => run('Allen', all));
export const frank = task(import.meta, (all: Barrier) => run('Frank', all));

if (isMain(import.meta)) {
  for (const kind of ['process', 'thread'] as const) {
    print(`parent ${whoAmI}`);
    const all = new Barrier(4);
    const pool = new Pool({ workers: 4, kind });
    for (const func of [lee, marlon, allen, frank]) pool.apply(func, [all]);

    print('Waiting for all subprocesses done...');
    pool.close();
    await pool.join();
    print('All subprocesses done.');
  }
}
