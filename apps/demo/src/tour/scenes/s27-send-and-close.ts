// A consumer that gets its items by `next(item)`, Python's send(item), and answers each. The first next() only starts it;
// return() is Python's close(), and runs what stands in its `finally`.
import { isMain } from '@mp/process';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

export const scene: Scene = {
  title: 'A generator that consumes',
  seed: '709–763',
  proof({ lines }) {
    const wanted = [1, 2, 3, 4, 5].flatMap((n) => [
      `[PRODUCER] Producing ${n}...`,
      `[CONSUMER] Consuming ${n}...`,
      '[PRODUCER] Consumer return: 200 OK',
    ]);
    prove('the lines', lines, wanted);
  },
};

let isClosed = false;

function* consumer(): Generator<string, void, number> {
  try {
    for (let answer = ''; ; answer = '200 OK') {
      const n = yield answer;
      if (!n) return;
      console.log(`[CONSUMER] Consuming ${n}...`);
    }
  } finally {
    isClosed = true;
  }
}

function produce(to: ReturnType<typeof consumer>): void {
  to.next(0);
  for (let n = 1; n <= 5; n++) {
    console.log(`[PRODUCER] Producing ${n}...`);
    console.log(`[PRODUCER] Consumer return: ${to.next(n).value}`);
  }
  to.return();
}

if (isMain(import.meta)) {
  const generator = consumer();
  produce(generator);
  prove('its finally ran', isClosed, true);
  prove('it is over', generator.next(1), { value: undefined, done: true });
}
