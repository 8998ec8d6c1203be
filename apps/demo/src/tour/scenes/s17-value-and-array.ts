// Two processes set a value, and each turns the signs of an array around, so they are what they were. The article's loop is
// a race: one turn is a read and a write, and the lock of the array holds for one of them only. Here the loop runs under that
// lock, and then without it, where a barrier lets both read before one of them writes: one of the two turns is lost.
import { Barrier } from '@mp/lock';
import { isMain, Process, task } from '@mp/process';
import { SharedArray, Value } from '@mp/shared';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

export const scene: Scene = {
  title: 'Value and Array',
  seed: '477–518',
  proof({ lines }) {
    prove('the lines', lines, [
      'with the lock',
      '3.333333333333333',
      '[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]',
      '0 1 2 3 4 5 6 7 8 9 10',
      'without the lock',
      '3.333333333333333',
      '[0, -1, -2, -3, -4, -5, -6, -7, -8, -9, -10]',
      '0 -1 -2 -3 -4 -5 -6 -7 -8 -9 -10',
    ]);
  },
};

export const locked = task(import.meta, (a: Value<'d'>, b: SharedArray<'i'>, bothAreThere: Barrier) => {
  a.value = 3.333333333333333;
  bothAreThere.waitSync();
  b.updateSync((view) => {
    for (let j = 0; j < view.length; j++) {
      const negated = -view[j];
      // Time for the other one to come in between, if the lock let it.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      view[j] = negated;
    }
  });
});

export const racing = task(import.meta, (a: Value<'d'>, b: SharedArray<'i'>, bothAreThere: Barrier) => {
  a.value = 3.333333333333333;
  for (let j = 0; j < b.length; j++) {
    const negated = -b.at(j);
    bothAreThere.waitSync();
    b.set(j, negated);
    bothAreThere.waitSync();
  }
});

if (isMain(import.meta)) {
  for (const target of [locked, racing]) {
    console.log(`${target === locked ? 'with' : 'without'} the lock`);
    const bothAreThere = new Barrier(2);
    const num = new Value('d', 0.0);
    const arr = new SharedArray('i', Array(11).keys());
    const two = [0, 1].map(() => new Process({ target, args: [num, arr, bothAreThere] }));
    for (const each of two) each.start();
    for (const each of two) await each.join();
    console.log(String(num.value));
    console.log(`[${[...arr.slice()].join(', ')}]`);
    console.log([...arr].join(' '));
  }
}
