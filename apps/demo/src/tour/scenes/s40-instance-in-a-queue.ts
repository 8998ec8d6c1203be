// An instance of a class goes through a queue, and its method works on the other side. The class is registered in the module
// that both sides import. Python's queue.join_thread() waits until a thread has written the item; here `put` has done that
// when it returns, and the item outlives the close() of its sender.
import { currentProcess, isMain, Process, task } from '@mp/process';
import { Queue } from '@mp/queue';
import { registerClass } from '@mp/serde';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

export const scene: Scene = {
  title: 'An instance in a queue',
  seed: '1077–1105',
  proof: ({ lines }) => prove('the lines', lines, ['Doing something fancy in Process-1 for Fancy Dan!']),
};

class MyFancyClass {
  name: string;

  constructor(name: string) {
    this.name = name;
  }

  doSomething() {
    console.log(`Doing something fancy in ${currentProcess().name} for ${this.name}!`);
  }
}

registerClass(MyFancyClass);

export const worker = task(import.meta, async (queue: Queue<MyFancyClass>) => {
  const obj = await queue.get();
  obj.doSomething();
});

if (isMain(import.meta)) {
  const queue = new Queue<MyFancyClass>();
  const p = new Process({ target: worker, args: [queue] });
  p.start();

  await queue.put(new MyFancyClass('Fancy Dan'));

  queue.close();
  await p.join();
}
