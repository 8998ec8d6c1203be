// Two processes wait for an event. One of them has a timeout, and the event is set when that process has ended. The article
// sleeps for three seconds instead, and hopes that both have started by then.
import { Barrier, Event } from '@mp/lock';
import { isMain, Process, task } from '@mp/process';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

export const scene: Scene = {
  title: 'An event of processes',
  seed: '1173–1208',
  proof({ lines }) {
    const begun = lines.splice(1, 2);
    prove('both begin', begun.sort(), ['wait_for_event: starting', 'wait_for_event_timeout: starting']);
    prove('the other lines', lines, [
      'main: waiting before calling Event.set()',
      'wait_for_event_timeout: e.is_set()-> false',
      'main: calling Event.set()',
      'wait_for_event: e.is_set()-> true',
    ]);
  },
};

export const waitForEvent = task(import.meta, async (e: Event, begun: Barrier) => {
  console.log('wait_for_event: starting');
  await begun.wait();
  prove('it waits until the event is set', await e.wait(), true);
  console.log(`wait_for_event: e.is_set()-> ${e.isSet}`);
});

export const waitForEventTimeout = task(import.meta, async (e: Event, ms: number, begun: Barrier) => {
  console.log('wait_for_event_timeout: starting');
  await begun.wait();
  const since = performance.now();
  prove('it waits as long as it was told', await e.wait({ timeout: ms }), false);
  // A timer may be early by a millisecond.
  prove('it has waited', performance.now() - since >= ms - 4, true);
  console.log(`wait_for_event_timeout: e.is_set()-> ${e.isSet}`);
});

if (isMain(import.meta)) {
  console.log('main: waiting before calling Event.set()');
  const [e, begun] = [new Event(), new Barrier(2)];
  const w1 = new Process({ name: 'block', target: waitForEvent, args: [e, begun] });
  w1.start();

  const w2 = new Process({ name: 'nonblock', target: waitForEventTimeout, args: [e, 200, begun] });
  w2.start();

  await w2.join();
  prove('block still waits', w1.isAlive, true);
  console.log('main: calling Event.set()');
  e.set();
  await w1.join();
}
