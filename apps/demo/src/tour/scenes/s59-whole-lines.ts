// Ten workers that print at the same time, as a barrier shows: none goes on before all are there. A number and its line end that
// are written one after the other are torn apart, as in the article. A line that is written at once stays whole, and so does
// what is written under a lock.
import { writeSync } from 'node:fs';
import { Barrier, Lock } from '@mp/lock';
import { isMain, Pool, task } from '@mp/pool';
import { print } from '../print.ts';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

const WORKERS = 10;
const LINES = 3;
const numbers = Array.from(Array(WORKERS).keys());
const lineOf = (n: number) => `worker ${n} ${String(n).repeat(60)} worker ${n}`;

export const scene: Scene = {
  title: 'Lines of ten workers',
  seed: '1651–1685',
  proof({ lines }) {
    const programs = `${lines.join('\n')}\n`.split(/^-- .*\n/m).slice(1);
    prove('programs', programs.length, 6);
    const digits = numbers.map(String);
    for (const [parts, whole, locked] of [programs.slice(0, 3), programs.slice(3)]) {
      const [first, ...rest] = parts.split('\n');
      prove('all numbers are in one line', [...first].sort(), digits);
      prove('and no others', rest, Array(WORKERS).fill(''));
      const wanted = numbers.flatMap((n) => Array<string>(LINES).fill(lineOf(n)));
      prove('whole lines', whole.trimEnd().split('\n').sort(), wanted);
      prove('parts of lines under a lock', locked.trimEnd().split('\n').sort(), digits);
    }
  },
};

/** What each of the ten is given. */
interface Given {
  n: number;
  together: Barrier;
  lock: Lock;
}

export const inParts = task(import.meta, async ({ n, together }: Given) => {
  writeSync(1, String(n));
  await together.wait();
  writeSync(1, '\n');
});

export const atOnce = task(import.meta, async ({ n, together }: Given) => {
  for (let i = 0; i < LINES; i++) {
    await together.wait();
    print(lineOf(n));
  }
});

export const underLock = task(import.meta, async ({ n, together, lock }: Given) => {
  await together.wait();
  await lock.with(async () => {
    writeSync(1, String(n));
    await new Promise(setImmediate);
    writeSync(1, '\n');
  });
});

if (isMain(import.meta)) {
  const [together, lock] = [new Barrier(WORKERS), new Lock()];
  const all = numbers.map((n): Given => ({ n, together, lock }));
  for (const kind of ['process', 'thread'] as const) {
    const pool = new Pool({ workers: WORKERS, kind });
    print(`-- in parts, ${kind}`);
    await pool.map(inParts, all, { chunkSize: 1 });
    print(`-- at once, ${kind}`);
    await pool.map(atOnce, all, { chunkSize: 1 });
    print(`-- in parts under a lock, ${kind}`);
    await pool.map(underLock, all, { chunkSize: 1 });
    pool.close();
    await pool.join();
  }
}
