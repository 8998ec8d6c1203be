import type { Manager } from '@mp/manager';
import { leakCheck } from '@mp/testing';
import { expect, test } from 'vitest';
import { errorOf, serveHere } from './here.ts';

leakCheck();

const here = serveHere();

type Ask = (manager: Manager, name: string) => Promise<{ close(): unknown }>;

/** How an object is made, how it may be asked for again, and how it may not, with what the error says. */
interface Case {
  make: Ask;
  fits: Ask[];
  differs: [Ask, string][];
}

const CASES: Record<string, Case> = {
  queue: {
    make: (manager, name) => manager.queue({ name, maxSize: 3, maxAttempts: 2 }),
    fits: [
      (manager, name) => manager.queue({ name }),
      (manager, name) => manager.queue({ name, maxSize: 3 }),
      (manager, name) => manager.queue({ name, maxSize: 3, maxAttempts: 2 }),
    ],
    differs: [
      [(manager, name) => manager.queue({ name, maxSize: 5 }), 'its maxSize is 3, not 5'],
      [(manager, name) => manager.queue({ name, maxSize: Infinity }), 'its maxSize is 3, not Infinity'],
      [(manager, name) => manager.queue({ name, maxAttempts: 1 }), 'its maxAttempts is 2, not 1'],
    ],
  },
  joinableQueue: {
    make: (manager, name) => manager.joinableQueue({ name }),
    fits: [(manager, name) => manager.joinableQueue({ name, maxSize: Infinity })],
    differs: [
      [(manager, name) => manager.joinableQueue({ name, maxSize: 5 }), 'its maxSize is Infinity, not 5'],
    ],
  },
  semaphore: {
    make: (manager, name) => manager.semaphore(2, { name, recover: true }),
    fits: [
      (manager, name) => manager.semaphore(undefined, { name }),
      (manager, name) => manager.semaphore(2, { name }),
    ],
    differs: [
      [(manager, name) => manager.semaphore(3, { name }), 'its first value is 2, not 3'],
      [(manager, name) => manager.semaphore(2, { name, recover: false }), 'its recover is true, not false'],
    ],
  },
  boundedSemaphore: {
    make: (manager, name) => manager.boundedSemaphore(1, { name }),
    fits: [(manager, name) => manager.boundedSemaphore(1, { name, recover: false })],
    differs: [[(manager, name) => manager.boundedSemaphore(2, { name }), 'its first value is 1, not 2']],
  },
  barrier: {
    make: (manager, name) => manager.barrier(2, { name }),
    fits: [(manager, name) => manager.barrier(2, { name, action: () => {}, waitTimeout: 5 })],
    differs: [[(manager, name) => manager.barrier(3, { name }), 'its number of parties is 2, not 3']],
  },
  condition: {
    make: async (manager, name) => manager.condition(await manager.lock({ name: `${name}-lock` }), { name }),
    fits: [
      (manager, name) => manager.condition(undefined, { name }),
      async (manager, name) => manager.condition(await manager.lock({ name: `${name}-lock` }), { name }),
    ],
    differs: [
      [
        async (manager, name) => manager.condition(await manager.lock(), { name }),
        'its lock is another one, not the one given',
      ],
    ],
  },
  'condition with a lock of its own': {
    make: (manager, name) => manager.condition(undefined, { name }),
    fits: [
      async (manager, name) =>
        manager.condition(await (await manager.condition(undefined, { name })).lock, { name }),
    ],
    differs: [
      [
        async (manager, name) => manager.condition(await manager.rlock(), { name }),
        'its lock is its own, not the one given',
      ],
    ],
  },
  array: {
    make: (manager, name) => manager.array('i', [1, 2], { name }),
    fits: [
      (manager, name) => manager.array('i32', 2, { name }),
      (manager, name) => manager.array('i', [3, 4], { name }),
    ],
    differs: [
      [(manager, name) => manager.array('f64', 2, { name }), 'its type is i32, not f64'],
      [(manager, name) => manager.array('i', 3, { name }), 'its length is 2, not 3'],
    ],
  },
  dict: {
    make: (manager, name) => manager.dict({ a: 1 }, { name }),
    fits: [(manager, name) => manager.dict({ b: 2 }, { name })],
    differs: [],
  },
};

test.each(Object.entries(CASES))('asked for again by its name: %s', async (name, { make, fits, differs }) => {
  const { manager } = here;
  const made = await make(manager, name);
  for (const ask of fits) expect(await ask(manager, name)).toBeInstanceOf(made.constructor);
  for (const [ask, message] of differs) {
    const error = await errorOf(ask(manager, name));
    expect(error).toMatchObject({ code: 'ERR_MP_MISMATCH' });
    expect(error.message).toContain(`${JSON.stringify(name)} of the manager: ${message}. Ask for it`);
  }
  await manager.unlink(name);
  for (const [ask] of differs) {
    // The name is free: it is made anew, as it is asked for now.
    await ask(manager, name);
    await manager.unlink(name);
  }
  await manager.unlink(`${name}-lock`);
});

test('arguments of which none can be made are refused for one that is there, too', async () => {
  const { manager } = here;
  await manager.semaphore(1, { name: 'there' });
  expect(await errorOf(manager.semaphore(-1, { name: 'there' }))).toBeInstanceOf(RangeError);
  await manager.unlink('there');
});
