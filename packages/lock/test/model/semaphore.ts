import { Semaphore } from '@mp/lock';
import type { Model, Scenario, Shared } from '@mp/testing/model';

/** Notes: how many have a permit. */
const INSIDE = 0;
/** Followed by the note of each agent: whether it has one. */
const HAS = 1;

interface World {
  model: Model;
  open: Shared<Semaphore>;
  notes: { [index: number]: number };
  most: number;
}

const world =
  (value: number, most = value, recover = false) =>
  (model: Model): World => ({
    model,
    open: model.share(() => new Semaphore(value, { recover })),
    notes: model.notes(4),
    most,
  });

/** What is done with a permit: no more may have one than there are permits. */
function withPermit({ model, notes, most }: World, index: number): void {
  for (let other = 0; other < 3; other++) {
    if (notes[HAS + other] === 0 || !model.isKilled(other)) continue;
    notes[HAS + other] = 0;
    notes[INSIDE]--;
  }
  if (notes[INSIDE] === most) model.fail(`agent ${index} has a permit too many`);
  notes[INSIDE]++;
  notes[HAS + index] = 1;
  model.moment(0);
  notes[INSIDE]--;
  notes[HAS + index] = 0;
}

function sync(world: World, index: number): void {
  const permit = world.open().acquireSync();
  withPermit(world, index);
  permit.release();
}

async function async(world: World, index: number): Promise<void> {
  const permit = await world.open().acquire();
  withPermit(world, index);
  permit.release();
}

/** Takes one for good. */
function take(world: World, index: number): void {
  world.open().acquireSync();
  withPermit(world, index);
}

async function takeAsync(world: World, index: number): Promise<void> {
  await world.open().acquire();
  withPermit(world, index);
}

/** The second wait comes while the loop still turns for the first. */
async function takeTwice(world: World, index: number): Promise<void> {
  const semaphore = world.open();
  await semaphore.acquire();
  withPermit(world, index);
  await semaphore.acquire();
}

function giveOneTwice({ open, model }: World): void {
  const semaphore = open();
  semaphore.release();
  model.moment(1);
  semaphore.release();
}

function giveTwo(world: World): void {
  world.open().release(2);
}

const check =
  (left: number) =>
  ({ open, model }: World): void => {
    const semaphore = open();
    if (semaphore.value !== left) model.fail(`${semaphore.value} permits are left, not ${left}`);
    if (semaphore.rescued !== 0) model.fail('a wake-up was lost');
  };

export const two: Scenario<World> = {
  name: 'Semaphore: two threads, one permit',
  agents: [sync, sync],
  world: world(1),
  check: check(1),
};

export const three: Scenario<World> = {
  name: 'Semaphore: three agents, two permits',
  agents: [sync, async, sync],
  world: world(2),
  bounds: { preemptions: 2 },
  check: check(2),
};

export const threeForOne: Scenario<World> = {
  name: 'Semaphore: three threads, one permit',
  agents: [sync, sync, sync],
  world: world(1),
  bounds: { preemptions: 2 },
  check: check(1),
};

export const given: Scenario<World> = {
  name: 'Semaphore: two wait, one gives two',
  agents: [take, takeAsync, giveTwo],
  world: world(0, 2),
  bounds: { preemptions: 2 },
  check: check(0),
};

export const looking: Scenario<World> = {
  name: 'Semaphore: two wait, one looks by itself, one gives two',
  agents: [take, take, giveTwo],
  world: world(0, 2),
  bounds: { preemptions: 1, looks: 1 },
  check: check(0),
};

export const recovered: Scenario<World> = {
  name: 'Semaphore: the permit of a killed thread is recovered',
  agents: [sync, sync],
  world: world(1, 1, true),
  bounds: { kills: 1, preemptions: 3 },
};

export const again: Scenario<World> = {
  name: 'Semaphore: an event loop waits twice',
  agents: [takeTwice, giveOneTwice],
  bounds: { preemptions: 2 },
  world: world(0, 2),
  check: check(0),
};
