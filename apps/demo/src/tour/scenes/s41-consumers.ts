// Twice as many consumers as processors, which get tasks from a queue and put answers into another one, until each gets a
// poison pill. An instance cannot be called in JavaScript: a method of it can. A loop `for await (const next of tasks)` and
// a shutdown() of the queue need no pills.
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuCount, isMain, Process, task } from '@mp/process';
import { JoinableQueue, Queue } from '@mp/queue';
import { registerClass } from '@mp/serde';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

const JOBS = 10;

export const scene: Scene = {
  title: 'Consumers and poison pills',
  seed: '1107–1171',
  proof({ lines }) {
    const [first, ...others] = lines;
    const count = cpuCount() * 2;
    prove('the first line', first, `Creating ${count} consumers`);
    const [exits, works, results] = [/: Exiting$/, /^working on /, /^Result: /].map((kind) =>
      others.filter((line) => kind.test(line)),
    );
    const names = Array.from({ length: count }, (_, i) => `Consumer-${i + 1}: Exiting`);
    prove('each consumer exits once', exits.sort(), names.sort());
    const jobs = [...Array(JOBS).keys()];
    prove(
      'each task is done once',
      works.sort(),
      jobs.map((i) => `working on ${i} * ${i}`),
    );
    prove(
      'the results',
      results.sort(),
      jobs.map((i) => `Result: ${i} * ${i} = ${i * i}`),
    );
    prove('the number of lines', lines.length, 1 + count + 2 * JOBS);
  },
};

class Task {
  a: number;
  b: number;

  constructor(a: number, b: number) {
    this.a = a;
    this.b = b;
  }

  async call(): Promise<string> {
    await sleep(10); // pretends to be work
    return `${this.a} * ${this.b} = ${this.a * this.b}`;
  }

  toString(): string {
    return `${this.a} * ${this.b}`;
  }
}

registerClass(Task);

export class Consumer extends Process {
  tasks: JoinableQueue<Task | null>;
  results: Queue<string>;

  constructor(tasks: JoinableQueue<Task | null>, results: Queue<string>) {
    super();
    this.tasks = tasks;
    this.results = results;
  }

  override async run() {
    for (;;) {
      const next = await this.tasks.get();
      if (next === null) {
        console.log(`${this.name}: Exiting`);
        this.tasks.taskDone();
        break;
      }
      console.log(`working on ${next}`);
      const answer = await next.call();
      this.tasks.taskDone();
      await this.results.put(answer);
    }
  }
}

task(import.meta, Consumer);

if (isMain(import.meta)) {
  const tasks = new JoinableQueue<Task | null>();
  const results = new Queue<string>();

  const count = cpuCount() * 2;
  console.log(`Creating ${count} consumers`);
  const consumers = Array.from({ length: count }, () => new Consumer(tasks, results));
  for (const consumer of consumers) consumer.start();

  for (let i = 0; i < JOBS; i++) await tasks.put(new Task(i, i));
  for (const _ of consumers) await tasks.put(null);

  await tasks.join();
  prove('nothing is left', tasks.isEmpty, true);

  for (let left = JOBS; left > 0; left--) console.log(`Result: ${await results.get()}`);
}
