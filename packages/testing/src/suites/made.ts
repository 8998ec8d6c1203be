import { afterEach } from 'vitest';
import type { AsyncFactory, Users } from './async-types.ts';

/** Makes objects for the tests of the present `describe`, and ends them after each. */
export function maker<T, A extends readonly unknown[]>(
  factory: AsyncFactory<T, A>,
): (...args: A) => Promise<Users<T>> {
  const made = new Set<Users<T>>();
  afterEach(async () => {
    for (const users of made) await users.end();
    made.clear();
  });
  return async (...args) => {
    const users = await factory.make(...args);
    made.add(users);
    return users;
  };
}

/** What a promise was rejected with, so that many can be looked at together. */
export function reasonOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

export const TIMEOUT = { code: 'ERR_MP_TIMEOUT' };
export const CLOSED = { code: 'ERR_MP_CLOSED' };
export const NOT_OWNER = { code: 'ERR_MP_NOT_OWNER' };
export const BROKEN = { code: 'ERR_MP_BROKEN_BARRIER' };
