import { Event } from '@mp/lock';
import type { Model, Scenario, Shared } from '@mp/testing/model';

interface World {
  model: Model;
  open: Shared<Event>;
}

const world = (model: Model): World => ({ model, open: model.share(() => new Event()) });

function waitSync({ open, model }: World): void {
  if (!open().waitSync()) model.fail('a wait without a timeout ended without the event');
}

async function wait({ open, model }: World): Promise<void> {
  if (!(await open().wait())) model.fail('a wait without a timeout ended without the event');
}

function set({ open }: World): void {
  open().set();
}

/** Who came before it must see it; who comes later may wait for the second one. */
function pulseAndSet({ open }: World): void {
  const event = open();
  event.set();
  event.clear();
  event.set();
}

function check({ open, model }: World): void {
  const event = open();
  if (!event.isSet) model.fail('it is not set');
  if (event.rescued !== 0) model.fail('a wake-up was lost');
}

export const one: Scenario<World> = { name: 'Event: a thread waits', agents: [waitSync, set], world, check };
export const loop: Scenario<World> = {
  name: 'Event: an event loop waits',
  agents: [wait, set],
  world,
  check,
};

export const pulse: Scenario<World> = {
  name: 'Event: set, cleared and set again',
  agents: [waitSync, wait, pulseAndSet],
  bounds: { preemptions: 1 },
  world,
  check,
};

export const looking: Scenario<World> = {
  name: 'Event: two wait, one looks by itself',
  agents: [waitSync, wait, set],
  bounds: { preemptions: 1, looks: 1 },
  world,
  check,
};

export const killed: Scenario<World> = {
  name: 'Event: one of two that wait is killed',
  agents: [wait, waitSync, set],
  bounds: { kills: 1, mortal: [0, 1], preemptions: 1 },
  world,
};

export const killedSetters: Scenario<World> = {
  name: 'Event: one of two that set it is killed',
  agents: [waitSync, set, set],
  bounds: { kills: 1, mortal: [1], preemptions: 2 },
  world,
};
