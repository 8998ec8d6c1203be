// Ten threads wait for one event, which the main thread sets when it reads `true`; then all of them go on.
import { createInterface } from 'node:readline';
import { Event, Semaphore } from '@mp/lock';
import { isMain, Process, Thread, task } from '@mp/process';
import { print } from '../print.ts';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

export const scene: Scene = {
  title: 'Event',
  seed: '394–419',
  input: 'true\ntrue\n',
  proof({ lines }) {
    const program = [...Array(10).fill('start'), 'input:', ...Array(10).fill('execute')];
    prove('the lines', lines, ['-- Thread', ...program, '-- Process', ...program]);
  },
};

export const act = task(import.meta, async (event: Event, started: Semaphore) => {
  print('start');
  started.release();
  await event.wait();
  print('execute');
});

if (isMain(import.meta)) {
  const input = createInterface({ input: process.stdin });
  const answers = input[Symbol.asyncIterator]();
  for (const Kind of [Thread, Process]) {
    print(`-- ${Kind.name}`);
    const [event, started] = [new Event(), new Semaphore(0)];
    const ten = Array.from({ length: 10 }, () => new Kind({ target: act, args: [event, started] }));
    for (const each of ten) each.start();
    for (const _ of ten) await started.acquire();
    event.clear();
    print('input:');
    if ((await answers.next()).value === 'true') event.set();
    for (const each of ten) await each.join();
    prove('it stays set', event.isSet, true);
  }
  input.close();
}
