import { BODY } from '@mp/core/internal';
import { type Guard, Lock } from '@mp/lock';
import { Mutex } from '@mp/lock/internal';
import type { Model, Scenario, Shared } from '@mp/testing/model';

/** Notes: who is inside, 0 = nobody; the newest token. */
const INSIDE = 0;
const TOKEN = 1;

interface World {
  model: Model;
  open: Shared<Lock>;
  notes: { [index: number]: number };
}

const world = (model: Model): World => ({
  model,
  open: model.share(() => new Lock()),
  notes: model.notes(2),
});

/** What is done under the lock: nobody else may be there, and nobody had this token or a later one before. */
function critical({ model, notes }: World, guard: Guard, index: number, round: number): void {
  const inside = notes[INSIDE];
  if (inside !== 0 && !model.isKilled(inside - 1))
    model.fail(`agents ${inside - 1} and ${index} hold the lock`);
  if (inside !== 0 && !guard.recovered) model.fail('an abandoned lock was not recovered');
  if (guard.token <= notes[TOKEN]) model.fail(`token ${guard.token} came after ${notes[TOKEN]}`);
  notes[INSIDE] = index + 1;
  notes[TOKEN] = guard.token;
  model.moment(round);
  notes[INSIDE] = 0;
}

function sync(world: World, index: number): void {
  const guard = world.open().acquireSync();
  critical(world, guard, index, 0);
  guard.release();
}

function syncTwice(world: World, index: number): void {
  const lock = world.open();
  for (let round = 0; round < 2; round++) {
    const guard = lock.acquireSync();
    critical(world, guard, index, round * 2);
    guard.release();
    world.model.moment(round * 2 + 1);
  }
}

async function async(world: World, index: number): Promise<void> {
  const guard = await world.open().acquire();
  critical(world, guard, index, 0);
  guard.release();
}

/** Gives up at its deadline, if that comes first. */
function impatient(world: World, index: number): void {
  let guard: Guard;
  try {
    guard = world.open().acquireSync({ timeout: 5 });
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_MP_TIMEOUT') throw error;
    return;
  }
  critical(world, guard, index, 0);
  guard.release();
}

function trying(world: World, index: number): void {
  const guard = world.open().tryAcquire();
  if (guard === undefined) return;
  critical(world, guard, index, 0);
  guard.release();
}

function check({ open, model }: World): void {
  const mutex = new Mutex(open.segment, BODY, 64);
  if (mutex.owner !== 0) model.fail('the lock is still held');
  if (mutex.waiters.size !== 0) model.fail('somebody is left in the waiter table');
  if (mutex.waiters.rescued !== 0) model.fail('a wake-up was lost');
}

const scenario = (name: string, agents: Scenario<World>['agents'], bounds = {}): Scenario<World> => ({
  name: `Lock: ${name}`,
  agents,
  bounds,
  world,
  check: 'kills' in bounds ? undefined : check,
});

export const twoSync = scenario('two threads', [sync, sync]);
export const twice = scenario('two threads, twice each', [syncTwice, syncTwice], { preemptions: 3 });
export const twoAsync = scenario('two event loops', [async, async]);
export const mixed = scenario('a thread and an event loop', [sync, async]);
export const withTry = scenario('a thread, an event loop that waits, one that tries', [sync, async, trying], {
  preemptions: 2,
});
export const three = scenario('three threads', [sync, sync, sync], { preemptions: 2 });
export const looking = scenario('two threads, one looks by itself', [sync, sync], {
  looks: 1,
  preemptions: 3,
});
export const lookingAsync = scenario('two event loops, one looks by itself', [async, async], {
  looks: 1,
  preemptions: 3,
});
export const timeout = scenario('one of three gives up', [sync, impatient, sync], {
  timeouts: 1,
  preemptions: 1,
});
export const killed = scenario('one of two threads is killed', [sync, sync], { kills: 1, preemptions: 3 });
export const killedAsync = scenario('one of two event loops is killed', [async, async], {
  kills: 1,
  preemptions: 3,
});
export const killedOfThree = scenario('one of three threads is killed', [sync, sync, sync], {
  kills: 1,
  preemptions: 1,
});
export const threeAsync = scenario('three event loops', [async, async, async], { preemptions: 2 });
