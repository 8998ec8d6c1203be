// Two functions that are interrupted in the middle and go on later, in one thread: generators, and a loop that asks them in
// turns.
import { isMain } from '@mp/process';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

export const scene: Scene = {
  title: 'Two coroutines in turns',
  seed: '654–703',
  proof: ({ lines }) => prove('the lines', lines, ['1', '2', 'x', 'y', '3', 'z']),
};

function* a() {
  console.log('1');
  console.log('2');
  yield;
  console.log('3');
}

function* b() {
  console.log('x');
  console.log('y');
  yield;
  console.log('z');
}

function runInTurns(coroutines: Iterator<void, void>[]): void {
  for (let running = coroutines; running.length > 0; ) {
    running = running.filter((each) => !each.next().done);
  }
}

if (isMain(import.meta)) runInTurns([a(), b()]);
