import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { inspect, type ObjectReport, rates, snapshot, watch } from '@mp/cli';
import { Queue } from '@mp/queue';
import { eventually, leakCheck } from '@mp/testing';
import { afterEach, expect, test } from 'vitest';
import { Actor, mp } from './actor.ts';

leakCheck();

const actors: Actor[] = [];
const actor = (): Actor => {
  const made = new Actor();
  actors.push(made);
  return made;
};

afterEach(async () => {
  await Promise.all(actors.splice(0).map((each) => each.kill()));
});

test('a full queue with producers that wait, and consumers with leases', async () => {
  const queue = new Queue<string>({ name: 'jobs', maxSize: 3 });
  for (let index = 0; index < 3; index++) queue.putSync(`job ${index}`);
  const [consumer, blocked, waiting] = [actor(), actor(), actor()];
  const jobs = { kind: 'Queue', options: { name: 'jobs' } };
  await consumer.does({ ...jobs, method: 'leaseSync' });
  queue.putSync('job 3');
  await blocked.begins({ ...jobs, method: 'putSync', args: ['one too many'] });
  await waiting.begins({ ...jobs, method: 'put', args: ['another'] });
  const found = await eventually<ObjectReport | false>('both wait', () => {
    const { object } = inspect('jobs');
    return object.waiters.length === 2 && object.waiters.every(({ how }) => how !== 'unknown') && object;
  });
  if (found === false) return;
  expect(found).toMatchObject({
    kind: 'Queue',
    state: 'open',
    measures: { depth: 3, maxSize: 3, leased: 1, letters: 0, unfinished: 4 },
    counters: { puts: 4, rescued: 0 },
    holders: [{ role: 'lease', count: 1, pid: consumer.pid }],
  });
  expect(found.waiters.map(({ pid, for: what, how }) => [pid, what, how])).toEqual([
    [blocked.pid, 'put', 'sync'],
    [waiting.pid, 'put', 'async'],
  ]);
  const row = (await mp(['ls'])).stdout.split('\n').find((line) => line.startsWith('jobs'));
  expect(row).toMatch(/Queue .*open, 3\/3 items, \d+ B, 1 leased +1 sync, 1 async/);
  await Promise.all(actors.splice(0).map((each) => each.kill()));
  expect(queue.unlink()).toBe(true);
});

test('rates are differences per second, also over the end of a count', () => {
  const queue = new Queue<number>({ name: 'counted' });
  const before = snapshot();
  for (let index = 0; index < 10; index++) queue.putSync(index);
  for (let index = 0; index < 4; index++) queue.getSync();
  const after = { ...snapshot(), at: before.at + 2000 };
  expect(rates(before, after).get('n-counted')).toMatchObject({ puts: 5, gets: 2, rescued: 0 });
  const [object] = before.objects;
  const late = { ...before, objects: [{ ...object, counters: { ...object.counters, puts: 2 ** 31 - 4 } }] };
  expect(rates(late, after).get('n-counted')?.puts).toBe(7);
  expect(rates({ ...before, objects: [] }, after).size).toBe(0);
  queue.unlink();
});

test('top prints tables, or lines of JSON with rates', async () => {
  const queue = new Queue<number>({ name: 'counted' });
  queue.putSync(1);
  const text = await mp(['top', '--count=2', '--interval=50']);
  expect(text.code).toBe(0);
  expect(text.stdout.match(/^NAME +KIND +STATE +WAITERS +RATES$/gm)).toHaveLength(2);
  expect(text.stdout).toMatch(/^counted +Queue +open, 1 items/m);
  expect(text.stdout).not.toContain('\u001b');
  const { stdout } = await mp(['top', '-n', '2', '-i', '50', '--json']);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines).toHaveLength(2);
  expect(lines[1]).toMatchObject({
    directory: process.env.MP_DIR,
    objects: [{ name: 'counted' }],
    rates: { 'n-counted': { puts: 0 } },
  });
  queue.unlink();
});

test('watch tells of each change until the queue is gone', async () => {
  const queue = new Queue<number>({ name: 'watched' });
  const seen: string[] = [];
  const watching = (async () => {
    for await (const { event, text } of watch('watched', { interval: 10 })) seen.push(`${event}: ${text}`);
  })();
  await eventually('it watches', () => seen.length === 1);
  queue.putSync(1);
  await eventually('the put is seen', () => seen.includes('depth: depth is 1, was 0'));
  queue.shutdown();
  await eventually('the end is seen', () => seen.includes('state: it is shut down, was open'));
  queue.unlink();
  await watching;
  expect(seen[0]).toBe('appeared: Queue "watched" is open');
  expect(seen).toContain('moved: puts +1');
  expect(seen.at(-1)).toBe('gone: Queue "watched" is gone');
  await expect(watch('watched').next()).rejects.toMatchObject({ code: 'ERR_MP_NOT_FOUND' });
  await expect(watch('watched', { interval: 1 }).next()).rejects.toThrow(RangeError);
});

test('mp watch prints lines, and ends with the object', async () => {
  const queue = new Queue<number>({ name: 'watched' });
  const program = fileURLToPath(new URL('../dist/mp.js', import.meta.url));
  const child = spawn(process.execPath, [program, 'watch', 'watched', '--interval=10', '--json']);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => JSON.parse((await lines.next()).value).event;
  const ended = once(child, 'exit');
  expect(await next()).toBe('appeared');
  queue.putSync(1);
  expect([await next(), await next()]).toEqual(['depth', 'moved']);
  queue.unlink();
  expect(await next()).toBe('gone');
  expect((await ended)[0]).toBe(0);
});
