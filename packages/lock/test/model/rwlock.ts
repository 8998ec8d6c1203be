import { RWLock } from '@mp/lock';
import type { Model, Scenario, Shared } from '@mp/testing/model';

/** Notes: what each agent does. */
const READS = 1;
const WRITES = 2;

interface World {
  model: Model;
  open: Shared<RWLock>;
  notes: { [index: number]: number };
}

const world = (model: Model): World => ({
  model,
  open: model.share(() => new RWLock()),
  notes: model.notes(3),
});

/** What is done under the lock: a writer is alone. */
function inside({ model, notes }: World, index: number, what: number): void {
  notes[index] = what;
  model.moment(0);
  for (let other = 0; other < 3; other++) {
    if (other === index || notes[other] === 0 || model.isKilled(other)) continue;
    if (what === WRITES || notes[other] === WRITES) model.fail(`agent ${index} is not alone`);
  }
  notes[index] = 0;
}

function read(world: World, index: number): void {
  const permit = world.open().readSync();
  inside(world, index, READS);
  permit.release();
}

async function readAsync(world: World, index: number): Promise<void> {
  const permit = await world.open().read();
  inside(world, index, READS);
  permit.release();
}

function write(world: World, index: number): void {
  const guard = world.open().writeSync();
  inside(world, index, WRITES);
  guard.release();
}

async function writeAsync(world: World, index: number): Promise<void> {
  const guard = await world.open().write();
  inside(world, index, WRITES);
  guard.release();
}

function check({ open, model }: World): void {
  const lock = open();
  if (lock.readers !== 0) model.fail('a read is still open');
  if (lock.holder !== undefined) model.fail('the lock is still held');
  if (lock.rescued !== 0) model.fail('a wake-up was lost');
}

const scenario = (name: string, agents: Scenario<World>['agents'], bounds = {}): Scenario<World> => ({
  name: `RWLock: ${name}`,
  agents,
  bounds,
  world,
  check: 'kills' in bounds ? undefined : check,
});

export const readAndWrite = scenario('a reader and a writer', [read, write], { preemptions: 3 });
export const twoWriters = scenario('two writers', [write, write], { preemptions: 3 });
export const loops = scenario('a reader and a writer in event loops', [readAsync, writeAsync], {
  preemptions: 2,
});
export const three = scenario('two readers and a writer', [read, readAsync, write], { preemptions: 1 });
export const looking = scenario('a reader and a writer, one looks by itself', [read, write], {
  looks: 1,
  // With two, the reader stalls before and after it leaves: a look in between is counted, see docs/decisions/006.
  preemptions: 1,
});
export const killed = scenario('a reader or a writer is killed', [read, write], { kills: 1, preemptions: 2 });
