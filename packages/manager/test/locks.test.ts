import { Manager, type ManagerServer } from '@mp/manager';
import { leakCheck } from '@mp/testing';
import {
  asyncBarrierSuite,
  asyncConditionSuite,
  asyncEventSuite,
  asyncLockSuite,
  asyncRLockSuite,
  asyncSemaphoreSuite,
  type Users,
} from '@mp/testing/suites';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { LINKS, type Link, serveAt } from './links.ts';

leakCheck();

describe.each(LINKS)('$title', (link) => {
  let server: ManagerServer;
  let first: Manager;
  beforeAll(async () => {
    server = await serveAt(link);
    first = await connect(link, server);
  });
  afterAll(async () => {
    await first.close();
    await server.shutdown();
  });

  /** The same object over two connections. @param make makes or finds the one of a name */
  async function twice<T extends { close(): void }>(
    make: (manager: Manager, name: string) => Promise<T>,
  ): Promise<Users<T>> {
    const name = `object-${++made}`;
    const second = await connect(link, server);
    const [one, other] = [await make(first, name), await make(second, name)];
    return {
      one,
      other,
      lose: () => second.close(),
      async end() {
        one.close();
        await second.close();
        expect(await first.unlink(name)).toBe(true);
        await first.unlink(lockOf(name));
      },
    };
  }

  const hasTwoOwners = true;

  asyncLockSuite({
    title: 'a lock',
    hasTwoOwners,
    make: () => twice((manager, name) => manager.lock({ name })),
  });

  asyncRLockSuite({
    title: 'an rlock',
    hasTwoOwners,
    make: () => twice((manager, name) => manager.rlock({ name })),
  });

  asyncSemaphoreSuite({
    title: 'a semaphore',
    hasTwoOwners,
    make: ({ value, recover, bounded }) =>
      twice((manager, name) =>
        bounded
          ? manager.boundedSemaphore(value, { name, recover })
          : manager.semaphore(value, { name, recover }),
      ),
  });

  asyncEventSuite({
    title: 'an event',
    hasTwoOwners,
    make: () => twice((manager, name) => manager.event({ name })),
  });

  asyncConditionSuite({
    title: 'a condition',
    hasTwoOwners,
    make: ({ lock }) =>
      twice(async (manager, name) => {
        if (lock === 'own') return await manager.condition(undefined, { name });
        const named = { name: lockOf(name) };
        using given = await (lock === 'lock' ? manager.lock(named) : manager.rlock(named));
        return await manager.condition(given, { name });
      }),
  });

  asyncBarrierSuite({
    title: 'a barrier',
    hasTwoOwners,
    make: ({ parties, action, timeout }) =>
      twice((manager, name) => manager.barrier(parties, { name, action, waitTimeout: timeout })),
  });
});

let made = 0;

/** The name of the lock of a condition. */
const lockOf = (name: string) => `${name}-lock`;

function connect(link: Link, { address }: ManagerServer): Promise<Manager> {
  return Manager.connect(address, { authKey: link.authKey });
}
