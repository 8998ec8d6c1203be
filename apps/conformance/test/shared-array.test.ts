import { type Segment, threadState } from '@mp/core/internal';
import { Queue } from '@mp/queue';
import { SharedArray } from '@mp/shared';
import { leakCheck } from '@mp/testing';
import { expect, test } from 'vitest';

leakCheck();

test('a SharedArray in a message is the same array, and its view the same pages', async () => {
  const array = new SharedArray('i32', [1, 2]);
  const queue = new Queue<SharedArray<'i32'> | Int32Array>();
  await queue.put(array);
  const received = (await queue.get()) as SharedArray<'i32'>;
  received.add(0, 5);
  expect(array.at(0)).toBe(6);
  await queue.put(array.view.subarray(1));
  const view = (await queue.get()) as Int32Array;
  view[0] = 9;
  expect([...array]).toEqual([6, 9]);
  // Nobody else has a name for the pages of a view that came alone: they go when it is collected, or so.
  (threadState.segmentBuffers.get(view.buffer) as Segment).close();
  received.close();
  array.close();
  queue.close();
});
