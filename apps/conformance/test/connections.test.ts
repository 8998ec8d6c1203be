import { leakCheck, spawnFixture } from '@mp/testing';
import { expect, test } from 'vitest';

leakCheck();

/** Runs a scenario of the fixture to its end. @returns the facts it said */
async function run(scenario: string): Promise<unknown[][]> {
  const program = spawnFixture(new URL('fixtures/connections.mjs', import.meta.url), { args: [scenario] });
  const lines = await program.rest();
  expect(await program.exited, program.stderr).toEqual({ code: 0, signal: null });
  return lines.map((line) => JSON.parse(line));
}

const END = ['end', 'ERR_MP_CLOSED'];

test.each(['process', 'thread'])('a connection is an argument of a %s, which has it then', async (kind) => {
  expect(await run(kind)).toEqual([
    ['closed here', true],
    ['echoed', 'one'],
    ['echoed', { two: 2 }],
    ['exit', 0],
  ]);
});

test('one that was not given to a process, as that could not be started, stays', async () => {
  expect(await run('a start that fails')).toEqual([['args[1]', true]]);
});

test('one that a process did not live to take ends', async () => {
  expect(await run('a child that is killed at once')).toEqual([END]);
});

test('a connection travels through a queue', async () => {
  expect(await run('queue')).toEqual([
    ['on its way', true, false],
    ['echoed', 'through a queue'],
    ['exit', 0],
  ]);
});

test('one that a queue did not take stays', async () => {
  expect(await run('a queue that takes nothing')).toEqual([
    ['tryPut', false, true],
    ['late', 'ERR_MP_TIMEOUT'],
    ['late', true],
    ['meanwhile', true],
    ['aborted', 'aborted'],
    ['aborted', true],
    ['refused', 'items[1]'],
    ['refused', true],
    ['shut down', 'ERR_MP_CLOSED'],
    ['shut down', true],
  ]);
});

test('one that nobody takes out of a queue ends with it, and when it is discarded', async () => {
  expect(await run('a queue from which nobody takes')).toEqual([END, END]);
});

test('a connection goes to a pool’s worker, and comes from one', async () => {
  expect(await run('pool')).toEqual([['to a worker', 'echoed'], END, ['from a worker'], END]);
});

test('one that waits for a worker of a terminated pool is back, or ends', async () => {
  const facts = await run('a pool that dies before it gets to it');
  expect(facts).toContainEqual(['end or usable', 'ERR_MP_CLOSED']);
});

test('wait() takes connections and queues together', async () => {
  expect(await run('wait')).toEqual([[0], [['Queue']], [['Queue', 'Connection']]]);
});

test('wait() takes connections and children together', async () => {
  const facts = [[0], [['child']], [['child', 'b']], [['a', 'child', 'b']]];
  expect(await run('wait for children')).toEqual([...facts, ...facts]);
});
