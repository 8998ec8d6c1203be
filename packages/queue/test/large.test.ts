import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { sweep } from '@mp/core/internal';
import { Queue } from '@mp/queue';
import { LIMIT_MS, leakCheck, spawnFixture } from '@mp/testing';
import { expect, test } from 'vitest';

leakCheck();

/* `npm run test:large` does the same with 1 GiB. */
const MIB = Number(process.env.MP_LARGE_MIB ?? 64);
const PEER = new URL('./fixtures/large-peer.mjs', import.meta.url);
const LIMIT = { timeout: LIMIT_MS + MIB * 1_000 };

let count = 0;

function start(queue: Queue<unknown>, role: string) {
  return spawnFixture(PEER, { args: [queue.name as string, role, String(MIB)] });
}

function memoryOf(queue: Queue<unknown>): number {
  const directory = process.env.MP_DIR as string;
  const files = readdirSync(directory).filter((file) => file.startsWith(`n-${queue.name}+`));
  return files.reduce((sum, file) => sum + statSync(join(directory, file)).size, 0);
}

test(`one message of ${MIB} MiB from process to process`, LIMIT, async () => {
  const queue = new Queue({ name: `large-${process.pid}-${count++}` });
  const [sender, receiver] = [start(queue, 'put'), start(queue, 'get')];
  expect(await receiver.line()).toBe('about to');
  const [sent] = await sender.rest();
  expect(await receiver.rest()).toEqual([sent]);
  expect([queue.size, memoryOf(queue)]).toEqual([0, 0]);
  queue.unlink();
});

test.each([0, 10, 30, 60])(`killed %i ms into it, neither side leaves memory`, LIMIT, async (late) => {
  const queue = new Queue<unknown>({ name: `large-${process.pid}-${count++}` });
  const sender = start(queue, 'put');
  await sender.line();
  await delay(late);
  await sender.kill();
  if (queue.size === 0) {
    const other = start(queue, 'put');
    expect((await other.exited).code).toBe(0);
  }
  const receiver = start(queue, 'get');
  await receiver.line();
  await delay(late);
  await receiver.kill();
  // It is there, or was taken; the next putter and taker find what they left.
  while (queue.tryGet() !== undefined);
  queue.putSync('next');
  expect(queue.getSync()).toBe('next');
  sweep();
  expect([queue.size, memoryOf(queue)]).toEqual([0, 0]);
  queue.unlink();
});
