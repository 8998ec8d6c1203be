import { Barrier, BoundedSemaphore, Condition, Event, Lock, RLock, Semaphore } from '@mp/lock';
import { freshName, leakCheck } from '@mp/testing';
import {
  asyncBarrierSuite,
  asyncConditionSuite,
  asyncEventSuite,
  asyncLockSuite,
  asyncRLockSuite,
  asyncSemaphoreSuite,
  type Users,
} from '@mp/testing/suites';
import { expect } from 'vitest';

leakCheck();

interface Named {
  readonly rescued?: number;
  close(): void;
  unlink(): boolean;
}

/** Two objects of this thread that are the same one. @param open opens it by the name that it is given, twice */
function twice<T extends Named>(open: (name: string) => T): Users<T> {
  const name = freshName();
  const [one, other] = [open(name), open(name)];
  return {
    one,
    other,
    lose: () => Promise.reject(new Error('one thread is one owner')),
    async end() {
      expect(other.rescued ?? 0).toBe(0);
      one.close();
      other.close();
      const last = open(name);
      expect(last.unlink()).toBe(true);
    },
  };
}

const hasTwoOwners = false;

asyncLockSuite({
  title: 'a Lock in one thread',
  hasTwoOwners,
  make: async () => twice((name) => new Lock({ name })),
});

asyncRLockSuite({
  title: 'an RLock in one thread',
  hasTwoOwners,
  make: async () => twice((name) => new RLock({ name })),
});

asyncSemaphoreSuite({
  title: 'a Semaphore in one thread',
  hasTwoOwners,
  make: async ({ value, recover = false, bounded = false }) =>
    twice((name) => new (bounded ? BoundedSemaphore : Semaphore)(value, { name, recover })),
});

asyncEventSuite({
  title: 'an Event in one thread',
  hasTwoOwners,
  make: async () => twice((name) => new Event({ name })),
});

asyncConditionSuite({
  title: 'a Condition in one thread',
  hasTwoOwners,
  async make({ lock }) {
    const given = lock === 'own' ? undefined : lock === 'lock' ? new Lock() : new RLock();
    const users = twice((name) => new Condition(given, { name }));
    return {
      ...users,
      async end() {
        await users.end();
        given?.close();
      },
    };
  },
});

asyncBarrierSuite({
  title: 'a Barrier in one thread',
  hasTwoOwners,
  make: async ({ parties, action, timeout }) =>
    twice((name) => new Barrier(parties, { name, action, timeout })),
});
