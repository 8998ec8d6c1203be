// One thread sets a list from its end, another reads it from its beginning: half 0, half 1. With a lock around both, never.
import { Lock } from '@mp/lock';
import { isMain, Process, Thread, task } from '@mp/process';
import { SharedArray, Value } from '@mp/shared';
import { print } from '../print.ts';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

export const scene: Scene = {
  title: 'A list that is half 0, half 1',
  seed: '207–213, 350–352',
  proof({ lines }) {
    const two = ['without a lock: half 0, half 1', 'with a lock: all 0 or all 1'];
    prove('the lines', lines, ['-- Thread', ...two, '-- Process', ...two]);
  },
};

export const set = task(import.meta, (list: SharedArray<'i'>, over: Value<'i'>, lock: Lock | undefined) => {
  for (let value = 1; over.value === 0; value = 1 - value) {
    const held = lock?.acquireSync();
    for (let i = list.length - 1; i >= 0; i--) list.set(i, value);
    held?.release();
  }
});

function read(list: SharedArray<'i'>, lock: Lock | undefined): string {
  const held = lock?.acquireSync();
  const seen = new Set<number>();
  for (let i = 0; i < list.length; i++) seen.add(list.at(i));
  held?.release();
  return seen.size === 1 ? 'all 0 or all 1' : 'half 0, half 1';
}

if (isMain(import.meta)) {
  for (const Kind of [Thread, Process]) {
    print(`-- ${Kind.name}`);
    for (const lock of [undefined, new Lock()]) {
      const [list, over] = [new SharedArray('i', 1000), new Value('i', 0)];
      const setter = new Kind({ target: set, args: [list, over, lock] });
      setter.start();
      let changes = 0;
      let seen = 'all 0 or all 1';
      // Without a lock until it is seen; with one, through many changes.
      while (lock === undefined ? seen === 'all 0 or all 1' : changes < 20) {
        const before = list.at(0);
        seen = read(list, lock);
        if (seen === 'half 0, half 1') break;
        if (list.at(0) !== before) changes++;
        // A thread that starts needs the event loop of this one.
        if (changes % 5 === 0) await new Promise(setImmediate);
      }
      print(`${lock === undefined ? 'without' : 'with'} a lock: ${seen}`);
      over.value = 1;
      await setter.join();
    }
  }
}
