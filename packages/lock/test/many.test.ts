import { readdirSync } from 'node:fs';
import { Lock } from '@mp/lock';
import { leakCheck } from '@mp/testing';
import { expect, test } from 'vitest';

leakCheck();

const descriptors = () => readdirSync('/proc/self/fd').length;

test('10,000 locks in one process work, and keep no descriptor: the portable backend one each', () => {
  new Lock().close();
  const before = descriptors();
  const locks = Array.from({ length: 10_000 }, () => new Lock());
  const guards = locks.map((lock) => lock.acquireSync());
  expect(descriptors()).toBe(process.env.MP_NATIVE === 'posix' ? before + locks.length : before);
  for (const lock of locks) expect(lock.tryAcquire()).toBeUndefined();
  for (const guard of guards) guard.release();
  for (const lock of locks) expect(lock.locked).toBe(false);
  for (const lock of locks) lock.close();
});
