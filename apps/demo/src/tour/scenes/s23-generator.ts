// A producer that is a generator: it goes on where it was each time it is asked, and its end is `done`, where Python raises
// StopIteration.
import { isMain } from '@mp/process';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

export const scene: Scene = {
  title: 'A generator as a producer',
  seed: '587–616',
  proof: ({ lines }) => prove('the lines', lines, ['0', '1', '2', '3', '4', 'StopIteration']),
};

function* produce(list: number[]) {
  for (let i = 0; i < 5; i++) {
    list.push(i);
    yield i;
  }
}

function consume(list: number[]): void {
  const producer = produce(list);
  while (!producer.next().done) {
    while (list.length > 0) console.log(String(list.pop()));
  }
  console.log('StopIteration');
}

if (isMain(import.meta)) {
  const list: number[] = [];
  consume(list);
  prove('the list at the end', list, []);
}
