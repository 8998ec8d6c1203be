// What coroutines are good for, and what not: ten thousand of them cost little, and need no lock for what they share; but
// they have one core, and one that blocks holds up all of them. A thread would go on.
import { setTimeout as sleep } from 'node:timers/promises';
import { isMain } from '@mp/process';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

export const scene: Scene = {
  title: 'Ten thousand coroutines',
  seed: '641–651',
  proof({ lines }) {
    prove('the lines', lines, [
      'coroutines at the same time: 10000',
      'counted without a lock: 10000',
      'steps of the others while one blocks: 0',
    ]);
  },
};

const COUNT = 10_000;

async function tenThousand(): Promise<void> {
  let [running, most, counter] = [0, 0, 0];
  async function coroutine() {
    most = Math.max(most, ++running);
    await sleep(10);
    const before = counter;
    counter = before + 1;
    running--;
  }
  await Promise.all(Array.from({ length: COUNT }, coroutine));
  console.log(`coroutines at the same time: ${most}`);
  console.log(`counted without a lock: ${counter}`);
}

async function oneBlocks(): Promise<void> {
  let steps = 0;
  const stop = new AbortController();
  async function other() {
    while (!stop.signal.aborted) {
      await new Promise(setImmediate);
      steps++;
    }
  }
  const others = [other(), other(), other()];
  await sleep(10);
  prove('they take steps', steps > 0, true);
  const before = steps;
  const until = performance.now() + 200;
  while (performance.now() < until);
  console.log(`steps of the others while one blocks: ${steps - before}`);
  stop.abort();
  await Promise.all(others);
}

if (isMain(import.meta)) {
  await tenThousand();
  await oneBlocks();
}
