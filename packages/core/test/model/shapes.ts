import { Segment, ShapeTable } from '@mp/core/internal';
import type { Model, Scenario, Shared } from '@mp/testing/model';

interface World {
  model: Model;
  open: Shared<ShapeTable>;
  /** What the table of each agent said: 1 = its entry is there. */
  added: { [index: number]: number };
}

/** Space for four entries of one short key. */
const ENTRY_BYTES = 3;
const TABLE_BYTES = 8 + 4 * ENTRY_BYTES;

const world = (model: Model): World => ({
  model,
  added: model.notes(4),
  open: model.share(
    () => new ShapeTable(Segment.create({ kind: 'queue', version: 1, size: 32 }), 0, TABLE_BYTES),
  ),
});

/** One key: a letter for each agent. */
const entryOf = (index: number) => Uint8Array.of(1, 1, 97 + index);

/** Adds an entry as a sender does: what did not succeed with one message is tried again with the next. */
function add({ model, open, added }: World, index: number): void {
  const table = open();
  for (let message = 1; message <= 2 && added[index] === 0; message++) {
    const end = table.end;
    if (table.add(entryOf(index), end)) added[index] = 1;
    model.moment(message);
  }
}

/** The letters of the keys in a table. */
function letters(table: ShapeTable, model: Model): string {
  const bytes = table.read(0, table.end);
  if (bytes === undefined) {
    model.fail('the table has no end');
    return '';
  }
  let found = '';
  for (let at = 0; at < bytes.length; at += ENTRY_BYTES) {
    if (bytes[at] !== 1 || bytes[at + 1] !== 1 || bytes[at + 2] < 97)
      model.fail('half an entry is in the table');
    found += String.fromCharCode(bytes[at + 2]);
  }
  return found;
}

/** What was there once stays where it is. */
function read({ model, open }: World): void {
  const table = open();
  const before = letters(table, model);
  const after = letters(table, model);
  if (!after.startsWith(before)) model.fail(`${before} was in the table, and now ${after} is`);
}

function check({ model, open, added }: World): void {
  const table = open();
  const found = letters(table, model);
  for (let index = 0; index < 3; index++) {
    const count = found.split(String.fromCharCode(97 + index)).length - 1;
    if (count > 1) model.fail(`the entry of agent ${index} is there twice`);
    if (count === 0 && added[index] === 1) model.fail(`the entry of agent ${index} is not there`);
  }
  if (!table.add(entryOf(3), table.end)) model.fail('nobody can add an entry any more');
}

export const two: Scenario<World> = {
  name: 'ShapeTable: two threads add an entry',
  agents: [add, add],
  world,
  check,
};

export const reader: Scenario<World> = {
  name: 'ShapeTable: two threads add an entry, one reads',
  agents: [add, add, read],
  bounds: { preemptions: 3 },
  world,
  check,
};

export const killed: Scenario<World> = {
  name: 'ShapeTable: one of two threads that add an entry is killed',
  agents: [add, add],
  bounds: { kills: 1 },
  world,
  check,
};

export const killedOfThree: Scenario<World> = {
  name: 'ShapeTable: one of three threads that add an entry is killed',
  agents: [add, add, add],
  bounds: { kills: 1, mortal: [0], preemptions: 2 },
  world,
  check,
};
