import { leakCheck, spawnFixture } from '@mp/testing';
import { expect, test } from 'vitest';

leakCheck();

test.each(['Process', 'Thread'])(
  'every object of @mp/lock is the same in a %s, sent as an argument or as a message',
  async (kind) => {
    const program = spawnFixture(new URL('fixtures/locks-travel.mjs', import.meta.url), { args: [kind] });
    const lines = (await program.rest()).map((line) => JSON.parse(line));
    expect((await program.exited).code, program.stderr).toBe(0);
    const used = (title: string, name = title) => [title, [name, true, name, true], 0];
    expect(lines).toEqual([
      ...['Lock', 'RLock', 'RWLock', 'Semaphore', 'BoundedSemaphore', 'Event', 'Barrier', 'Condition'].map(
        (name) => used(name),
      ),
      used('Condition of a Lock', 'Condition'),
      used('Condition of an RLock', 'Condition'),
      used('Lock of a Value', 'Lock'),
      used('RLock of a Condition', 'RLock'),
      ['to four', [], 0],
    ]);
  },
);
