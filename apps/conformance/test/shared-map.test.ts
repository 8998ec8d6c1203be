import { Lock } from '@mp/lock';
import { pipe } from '@mp/pipe';
import { Queue } from '@mp/queue';
import { ShareableList, SharedArray, SharedMap, SharedMemory, SharedStruct, Value } from '@mp/shared';
import { leakCheck, spawnFixture } from '@mp/testing';
import { expect, test } from 'vitest';

leakCheck();

test('a SharedMap in a message, and in an argument, is the same map', async () => {
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

test('no shared object and no view of one can be a value; the reason is said', async () => {
  const map = new SharedMap<string, unknown>({ maxBytes: 5000 });
  const memory = SharedMemory.create({ size: 100 });
  const array = new SharedArray('f64', 3);
  const [connection, other] = pipe();
  const objects = {
    value: new Value('i32'),
    array,
    struct: new SharedStruct({ n: 'i32' }),
    memory,
    list: new ShareableList([1]),
    lock: new Lock(),
    connection,
  };
  map.set('there', 1);
  for (const [title, object] of [
    ...Object.entries(objects),
    ['view', array.view],
    ['bytes', Buffer.from(memory.buffer, 10, 20)],
  ]) {
    const refusal = expect.objectContaining({ code: 'ERR_MP_SERIALIZATION' });
    expect(() => map.set('there', { deep: [object] }), title as string).toThrow(refusal);
    expect(() => map.update('there', () => object), title as string).toThrow(refusal);
    expect(() => map.getOrInsert('new', () => object), title as string).toThrow(
      /cannot be a value of a SharedMap/,
    );
  }
  expect([[...map], map.bytes > 0]).toEqual([[['there', 1]], true]);
  // A connection is moved by a message, not by a refusal.
  await connection.send(1);
  expect(await other.recv()).toBe(1);
  // A copy of a view can.
  map.set('copy', array.view.slice());
  expect(map.get('copy')).toEqual(new Float64Array(3));
  for (const each of [...Object.values(objects), other, map]) each.close();
});
