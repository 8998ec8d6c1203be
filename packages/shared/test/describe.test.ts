import { thisAgent } from '@mp/core/internal';
import { Lock } from '@mp/lock';
import { ShareableList, SharedArray, SharedMap, SharedMemory, SharedStruct, Value } from '@mp/shared';
import { describers } from '@mp/shared/internal';
import { described, leakCheck } from '@mp/testing';
import { expect, test } from 'vitest';

leakCheck();

const NAME = 'described';
const say = () => described(describers, `n-${NAME}`);

test('a Value: its type and number, and its lock', () => {
  const value = new Value('f64', 2.5, { name: NAME });
  const guard = value.lock.acquireSync();
  expect(say()).toMatchObject({
    state: 'held',
    holders: [{ agent: thisAgent().id, role: 'owner' }],
    details: { type: 'f64', value: 2.5, lock: 'its own' },
  });
  guard.release();
  value.unlink();
  const large = new Value('i64', 2n ** 60n, { name: NAME, lock: false });
  expect(say()).toMatchObject({ state: '', details: { type: 'i64', value: `${2n ** 60n}n`, lock: 'none' } });
  large.unlink();
});

test('an array, a struct, a list and a memory: how large, and of what', () => {
  const lock = new Lock({ name: 'given' });
  const array = new SharedArray('i16', 10, { name: NAME, lock });
  expect(say()).toMatchObject({
    measures: { length: 10, bytes: 20 },
    details: { type: 'i16', lock: 'given' },
    givenLock: 'n-given',
  });
  array.unlink();
  lock.unlink();
  const struct = new SharedStruct({ x: 'f64', hits: ['u32', 4] }, { name: NAME });
  expect(say()).toMatchObject({
    measures: { bytes: 24 },
    details: { layout: { x: 'f64', hits: ['u32', 4] } },
  });
  struct.unlink();
  const list = new ShareableList(['a', 1, null], { name: NAME });
  expect(say()).toMatchObject({ state: 'free', measures: { length: 3 } });
  list.unlink();
  const memory = SharedMemory.create({ name: NAME, size: 1000 });
  expect(say().measures).toEqual({ bytes: 1000 });
  memory.unlink();
});

test('a SharedMap: entries, bytes and limits', () => {
  const map = new SharedMap<string, number>({ name: NAME, maxBytes: 1 << 20, evict: 'lru' });
  expect(say()).toMatchObject({ details: { isEmpty: true, evict: 'lru' }, measures: { length: 0 } });
  map.set('a', 1);
  map.set('b', 2, { ttl: 60_000 });
  expect(say()).toMatchObject({
    state: 'free',
    measures: { length: 2, bytes: map.bytes, maxBytes: 1 << 20 },
    details: { withExpiry: 1, isEmpty: false },
  });
  map.unlink();
});
