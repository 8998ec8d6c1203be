import { Lock } from '@mp/lock';
import { Queue } from '@mp/queue';
import { SharedMap } from '@mp/shared';
import { leakCheck, spawnFixture } from '@mp/testing';
import { expect, test } from 'vitest';

leakCheck();

test('a SharedMap in a message, and in an argument, is the same map', { timeout: 60_000 }, async () => {
  const program = spawnFixture(new URL('fixtures/map-travels.mjs', import.meta.url));
  expect(await program.rest()).toEqual(['[["pipe",2],["process",3],["queue",1]]']);
  expect((await program.exited).code, program.stderr).toBe(0);
});

test('a handle in a value is refused, and nothing of it stays held', () => {
  const map = new SharedMap();
  const lock = new Lock();
  const queue = new Queue();
  expect(() => map.set('lock', { inside: [lock] })).toThrow(
    expect.objectContaining({ code: 'ERR_MP_SERIALIZATION', path: 'value.inside[0]' }),
  );
  expect(() =>
    map.setMany([
      ['a', 1],
      ['queue', queue],
    ]),
  ).toThrow(/value is a queue in shared memory/);
  expect(() => map.set('map', map)).toThrow(/value is a map in shared memory/);
  expect(map.size).toBe(0);
  for (const each of [lock, queue, map]) each.close();
});
