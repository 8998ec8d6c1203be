import { Barrier } from '@mp/lock';
import type { Model, Scenario, Shared } from '@mp/testing/model';

interface World {
  model: Model;
  open: Shared<Barrier>;
  /** The round that each agent is in. */
  notes: { [index: number]: number };
}

const world =
  (parties: number) =>
  (model: Model): World => ({
    model,
    open: model.share(() => new Barrier(parties)),
    notes: model.notes(3),
  });

/** A party that passes has seen all others come. */
function inStep({ model, notes }: World, index: number, parties: number): void {
  for (let other = 0; other < parties; other++) {
    if (notes[other] < notes[index]) model.fail(`agent ${index} passed before agent ${other} came`);
  }
}

function sync(world: World, index: number): void {
  const barrier = world.open();
  world.notes[index] = 1;
  barrier.waitSync();
  inStep(world, index, barrier.parties);
}

async function async(world: World, index: number): Promise<void> {
  const barrier = world.open();
  world.notes[index] = 1;
  await barrier.wait();
  inStep(world, index, barrier.parties);
}

function twice(world: World, index: number): void {
  const barrier = world.open();
  for (let round = 1; round <= 2; round++) {
    world.notes[index] = round;
    barrier.waitSync();
    inStep(world, index, barrier.parties);
    world.model.moment(round);
  }
}

/** It passes, or learns that it will not: at a look that finds a dead party, else at the deadline. */
function orBroken(world: World, index: number): void {
  try {
    world.open().waitSync({ timeout: 30 });
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_MP_BROKEN_BARRIER') throw error;
  }
  world.notes[index] = 1;
}

function check({ open, model }: World): void {
  const barrier = open();
  if (barrier.broken) model.fail('it is broken');
  if (barrier.nWaiting !== 0) model.fail('somebody still waits');
  if (barrier.rescued !== 0) model.fail('a wake-up was lost');
}

export const two: Scenario<World> = {
  name: 'Barrier: two threads',
  agents: [sync, sync],
  bounds: { preemptions: 3 },
  world: world(2),
  check,
};

export const twoTwice: Scenario<World> = {
  name: 'Barrier: two threads, twice',
  agents: [twice, twice],
  bounds: { preemptions: 2 },
  world: world(2),
  check,
};

export const three: Scenario<World> = {
  name: 'Barrier: three agents',
  agents: [sync, async, sync],
  bounds: { preemptions: 1 },
  world: world(3),
  check,
};

export const killed: Scenario<World> = {
  name: 'Barrier: one of two parties is killed',
  agents: [orBroken, orBroken],
  bounds: { kills: 1, preemptions: 2 },
  world: world(2),
};

export const looking: Scenario<World> = {
  name: 'Barrier: two parties, one looks by itself',
  agents: [sync, async],
  bounds: { looks: 1, preemptions: 2 },
  world: world(2),
  check,
};
