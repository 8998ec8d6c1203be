import { Condition } from '@mp/lock';
import type { Model, Scenario, Shared } from '@mp/testing/model';

/** Notes: how many things there are. */
const THINGS = 0;

interface World {
  model: Model;
  open: Shared<Condition>;
  notes: { [index: number]: number };
}

const world = (model: Model): World => ({
  model,
  open: model.share(() => new Condition()),
  notes: model.notes(1),
});

/** Takes one thing, and waits for it as long as there is none. */
function take({ open, notes }: World): void {
  const cond = open();
  const guard = cond.acquireSync();
  while (notes[THINGS] === 0) cond.waitSync();
  notes[THINGS]--;
  guard.release();
}

async function takeAsync({ open, notes }: World): Promise<void> {
  const cond = open();
  const guard = await cond.acquire();
  while (notes[THINGS] === 0) await cond.wait({ within: guard });
  notes[THINGS]--;
  guard.release();
}

function bring({ open, notes }: World): void {
  const cond = open();
  const guard = cond.acquireSync();
  notes[THINGS]++;
  cond.notify();
  guard.release();
}

function bringEach(world: World): void {
  bring(world);
  world.model.moment(0);
  bring(world);
}

function bringTwo({ open, notes }: World): void {
  const cond = open();
  const guard = cond.acquireSync();
  notes[THINGS] += 2;
  cond.notifyAll();
  guard.release();
}

function check({ open, notes, model }: World): void {
  const cond = open();
  if (notes[THINGS] !== 0) model.fail(`${notes[THINGS]} things are left`);
  if (cond.waiting !== 0) model.fail('somebody is still waiting');
  if (cond.rescued !== 0) model.fail('a wake-up was lost');
}

const scenario = (name: string, agents: Scenario<World>['agents'], bounds = {}): Scenario<World> => ({
  name: `Condition: ${name}`,
  agents,
  bounds,
  world,
  check: 'kills' in bounds ? undefined : check,
});

export const one = scenario('a thread waits for another', [take, bring], { preemptions: 2 });
export const loop = scenario('an event loop waits for a thread', [takeAsync, bring], { preemptions: 2 });
export const both = scenario('a thread and an event loop wait for two things', [take, takeAsync, bringTwo], {
  preemptions: 1,
});
export const each = scenario('two threads wait, one brings two things one by one', [take, take, bringEach], {
  preemptions: 0,
});
export const looking = scenario('a thread waits, and looks by itself', [take, bring], {
  looks: 1,
  preemptions: 1,
});
export const killed = scenario(
  'a thread that brings may be killed beside one that does not',
  [take, bring, bring],
  {
    kills: 1,
    mortal: [1],
    preemptions: 0,
  },
);
