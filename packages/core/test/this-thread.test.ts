import { once } from 'node:events';
import { isMainThread, threadId, Worker } from 'node:worker_threads';
import { thisThread } from '@mp/core/internal';
import { leakCheck } from '@mp/testing';
import { expect, it } from 'vitest';

leakCheck();

it('a main thread knows that it is one', () => {
  expect(thisThread()).toEqual({ isMain: isMainThread, number: threadId });
  expect(thisThread().isMain).toBe(true);
});

it('another thread knows its number', async () => {
  const worker = new Worker(new URL('fixtures/tell-thread.mjs', import.meta.url));
  // Both may be told in one turn, the message and the end.
  const [[told]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')]);
  expect(told).toEqual({ isMain: false, number: expect.any(Number), asNodeSays: true });
});
