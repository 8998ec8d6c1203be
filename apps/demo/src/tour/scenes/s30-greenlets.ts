// Greenlets say themselves which of them goes on: gr2.switch(). A generator can only give way to its caller, so it yields
// the one that is next, with a value for it, and a loop does the switch. The one that has ended is dead.
import { isMain } from '@mp/process';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

export const scene: Scene = {
  title: 'Greenlets',
  seed: '803–818',
  proof: ({ lines }) => prove('the lines', lines, ['12', '34', '56', '78']),
};

interface Switch {
  to: Greenlet;
  value: string;
}

class Greenlet {
  dead = false;
  readonly #body: Generator<Switch, string, string>;

  constructor(body: () => Generator<Switch, string, string>) {
    this.#body = body();
  }

  /** Runs this one, and those that it switches to, until one ends. @returns what that returned */
  switch(first = ''): string {
    for (let next: Switch = { to: this, value: first }; ; ) {
      const { done, value } = next.to.#body.next(next.value);
      if (done) {
        next.to.dead = true;
        return value;
      }
      next = value;
    }
  }
}

const received: string[] = [];

function* fun1() {
  console.log('12');
  received.push(yield { to: gr2, value: 'the first is ignored' });
  console.log('56');
  received.push(yield { to: gr2, value: 'from 1 to 2' });
  return 'never reached';
}

function* fun2() {
  console.log('34');
  received.push(yield { to: gr1, value: 'from 2 to 1' });
  console.log('78');
  return 'the end of 2';
}

const gr1: Greenlet = new Greenlet(fun1);
const gr2: Greenlet = new Greenlet(fun2);

if (isMain(import.meta)) {
  prove('the end', gr1.switch(), 'the end of 2');
  prove('the values that were passed', received, ['from 2 to 1', 'from 1 to 2']);
  prove('which of them are dead', [gr1.dead, gr2.dead], [false, true]);
}
