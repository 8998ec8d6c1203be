// A function in a field of an object is given to a pool: it is the same function, and a task. A function that is made on the
// spot is none, and cannot travel; the error says which it was. Python says that, too, in other words.
import { isMain, Pool, task } from '@mp/pool';
import { print } from '../print.ts';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

const KINDS = ['process', 'thread'] as const;

export const scene: Scene = {
  title: 'A function in an object',
  seed: '1401–1420',
  proof({ lines }) {
    for (const kind of KINDS) {
      const numbers = [...Array(10).keys()].map(String);
      prove(`what the task prints, ${kind}`, lines.splice(0, 10).sort(), numbers);
      prove(`what follows, ${kind}`, lines.splice(0, 2), [
        `a closure for a ${kind}: refused`,
        'hello------------>',
      ]);
    }
    prove('more lines', lines, []);
  },
};

export const createLogger = task(import.meta, (i: number) => print(i));

class CreateLogger {
  func: (i: number) => void;

  constructor(func: (i: number) => void) {
    this.func = func;
  }
}

if (isMain(import.meta)) {
  for (const kind of KINDS) {
    const cl = new CreateLogger(createLogger);
    const pool = new Pool({ workers: 2, kind });
    await pool.map(cl.func, Array(10).keys());

    const closure = (i: number) => cl.func(i);
    try {
      pool.map(closure, [1]);
    } catch (error) {
      prove('the kind of error', (error as Error).name, 'TypeError');
      prove(
        'the error names the function',
        /function \w+/.exec((error as Error).message)?.[0],
        'function closure',
      );
      print(`a closure for a ${kind}: refused`);
    }
    print('hello------------>');
    pool.close();
    await pool.join();
  }
}
