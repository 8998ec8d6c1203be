import { BODY } from '@mp/core/internal';
import { type Guard, RLock } from '@mp/lock';
import { Mutex } from '@mp/lock/internal';
import type { Model, Scenario, Shared } from '@mp/testing/model';

/** Notes: who is inside, 0 = nobody. */
const INSIDE = 0;

interface World {
  model: Model;
  open: Shared<RLock>;
  notes: { [index: number]: number };
}

const world = (model: Model): World => ({
  model,
  open: model.share(() => new RLock()),
  notes: model.notes(1),
});

function enter({ model, notes }: World, guard: Guard, index: number): void {
  const inside = notes[INSIDE];
  if (inside !== 0 && !model.isKilled(inside - 1))
    model.fail(`agents ${inside - 1} and ${index} hold the lock`);
  if (inside !== 0 && !guard.recovered) model.fail('an abandoned lock was not recovered');
  notes[INSIDE] = index + 1;
}

/** The inner release must not let anybody in. */
function twice(world: World, index: number): void {
  const lock = world.open();
  const outer = lock.acquireSync();
  enter(world, outer, index);
  lock.acquireSync().release();
  world.model.moment(0);
  if (world.notes[INSIDE] !== index + 1) world.model.fail('the inner release gave the lock away');
  world.notes[INSIDE] = 0;
  outer.release();
}

async function async(world: World, index: number): Promise<void> {
  const lock = world.open();
  const outer = await lock.acquire();
  enter(world, outer, index);
  const inner = await lock.acquire({ within: outer });
  inner.release();
  world.model.moment(0);
  if (world.notes[INSIDE] !== index + 1) world.model.fail('the inner release gave the lock away');
  world.notes[INSIDE] = 0;
  outer.release();
}

function check({ open, model }: World): void {
  const { owner, waiters } = new Mutex(open.segment, BODY, 64);
  if (owner !== 0) model.fail('the lock is still held');
  if (waiters.rescued !== 0) model.fail('a wake-up was lost');
}

const scenario = (name: string, agents: Scenario<World>['agents'], bounds = {}): Scenario<World> => ({
  name: `RLock: ${name}`,
  agents,
  bounds,
  world,
  check: 'kills' in bounds ? undefined : check,
});

export const two = scenario('two threads, each twice inside', [twice, twice], { preemptions: 3 });
export const loops = scenario('a thread and an event loop', [twice, async], { preemptions: 3 });
export const looking = scenario('two threads, one looks by itself', [twice, twice], {
  looks: 1,
  preemptions: 3,
});
export const killed = scenario('one of two threads is killed', [twice, twice], { kills: 1, preemptions: 2 });
