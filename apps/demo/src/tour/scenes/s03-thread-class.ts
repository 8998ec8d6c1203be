// A class of threads. The main thread does not join them; the process waits for them all the same, as in Python. A third
// finds its exit flag set and leaves in the middle of its run(), by `process.exit()`, which in a thread ends that thread.
import { Event } from '@mp/lock';
import { isMain, Thread, task } from '@mp/process';
import { print } from '../print.ts';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

export const scene: Scene = {
  title: 'A class of threads',
  seed: '83–117',
  proof({ lines }) {
    const end = lines.indexOf('Exiting Main Thread');
    for (const name of ['Thread-1', 'Thread-2']) {
      const own = lines.filter((line) => line.includes(name));
      const wanted = [5, 4, 3, 2, 1].map((counter) => `${name}: ${counter}`);
      prove(`what ${name} prints`, own, [`Starting ${name}`, ...wanted, `Exiting ${name}`]);
      prove(`the main thread ends before ${name}`, end < lines.indexOf(`Exiting ${name}`), true);
    }
    const stopped = lines.filter((line) => line.includes('Thread-3'));
    prove('what the third prints', stopped, ['Starting Thread-3']);
  },
};

export class MyThread extends Thread {
  threadID: number;
  exitFlag: Event;
  mainIsOver: Event;

  constructor(threadID: number, name: string, exitFlag: Event, mainIsOver: Event) {
    super({ name });
    this.threadID = threadID;
    this.exitFlag = exitFlag;
    this.mainIsOver = mainIsOver;
  }

  override async run() {
    print(`Starting ${this.name}`);
    await this.mainIsOver.wait();
    for (let counter = 5; counter > 0; counter--) {
      if (this.exitFlag.isSet) process.exit();
      print(`${this.name}: ${counter}`);
    }
    print(`Exiting ${this.name}`);
  }
}

task(import.meta, MyThread);

if (isMain(import.meta)) {
  const [mainIsOver, clear, set] = [new Event(), new Event(), new Event()];
  set.set();
  new MyThread(1, 'Thread-1', clear, mainIsOver).start();
  new MyThread(2, 'Thread-2', clear, mainIsOver).start();
  new MyThread(3, 'Thread-3', set, mainIsOver).start();
  print('Exiting Main Thread');
  mainIsOver.set();
}
