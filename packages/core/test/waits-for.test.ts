import { BODY, OwnerWait, thisAgent } from '@mp/core/internal';
import { type Fixture, leakCheck, spawnFixture } from '@mp/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';

leakCheck();

/** Words of an agent's page: see docs/memory-layout.md. */
const [WAITS_FOR, WAIT, LOOKS, STAYS] = [BODY + 3, BODY + 4, BODY + 5, BODY + 6];

let other: Fixture;
/** The page of another agent, where the tests write what it would. */
let page: Int32Array;
let id: number;

beforeEach(async () => {
  other = spawnFixture(new URL('./fixtures/agent.mjs', import.meta.url));
  id = Number(await other.line());
  page = thisAgent().wordsOf(id) as Int32Array;
  page[STAYS] = 1;
  page[WAITS_FOR] = thisAgent().id;
});
afterEach(() => other.kill());

const mine = () => thisAgent().wordsOf(thisAgent().id) as Int32Array;

test('a ring is certain when everybody in it has looked twice since it was first seen', () => {
  const wait = new OwnerWait('Lock "a"', true);
  for (let look = 0; look < 10; look++) expect(wait.look(id)).toBeUndefined();
  page[LOOKS] += 1;
  for (let look = 0; look < 10; look++) expect(wait.look(id)).toBeUndefined();
  page[LOOKS] += 1;
  const ring = wait.look(id);
  expect(ring?.map(({ agent, pid, title }) => [agent, pid, title])).toEqual([
    [thisAgent().id, process.pid, 'Lock "a"'],
    [id, other.pid, ''],
  ]);
  wait.end();
  expect(mine()[WAITS_FOR]).toBe(0);
});

test('it is another ring when one of its waits has ended meanwhile, or is for somebody else', () => {
  const wait = new OwnerWait('Lock', true);
  wait.look(id);
  page[WAIT] += 1;
  page[LOOKS] += 10;
  expect(wait.look(id)).toBeUndefined();
  page[WAITS_FOR] = 0;
  page[LOOKS] += 10;
  expect(wait.look(id)).toBeUndefined();
  page[WAITS_FOR] = thisAgent().id;
  wait.look(id);
  page[LOOKS] += 10;
  wait.look(0);
  expect(wait.look(id)).toBeUndefined();
  wait.end();
});

test('one gives up: of those that can, the one with the highest id', () => {
  const certain = (canGiveUp: boolean) => {
    const wait = new OwnerWait('Lock', canGiveUp);
    for (let look = 0; look < 3; look++) wait.look(id);
    page[LOOKS] += 2;
    const ring = wait.look(id);
    wait.end();
    return ring !== undefined;
  };
  expect(certain(true)).toBe(true);
  expect(certain(false)).toBe(false);
  page[STAYS] = 0;
  expect(certain(true)).toBe(thisAgent().id > id);
});

test('a wait for oneself is a ring of one; a chain that ends, or leads into a ring of others, is none', () => {
  const wait = new OwnerWait('Lock', true);
  for (let look = 0; look < 2; look++) expect(wait.look(thisAgent().id)).toBeUndefined();
  expect(wait.look(thisAgent().id)).toHaveLength(1);
  page[WAITS_FOR] = id;
  for (let look = 0; look < 5; look++) {
    page[LOOKS] += 2;
    expect(wait.look(id)).toBeUndefined();
  }
  // Nothing is left of that one.
  for (let look = 0; look < 5; look++) expect(wait.look(1)).toBeUndefined();
  wait.end();
});
