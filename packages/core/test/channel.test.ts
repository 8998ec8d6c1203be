import { setImmediate } from 'node:timers/promises';
import { BODY, Channel, thisAgent } from '@mp/core/internal';
import { leakCheck } from '@mp/testing';
import { expect, it } from 'vitest';

leakCheck();

it('a record that is laid is there at once, and the other end is rung for it by wake()', async () => {
  const maker = Channel.create(4096);
  const other = Channel.attach(maker.segment.file);
  let tries = 0;
  const received = other.line.wait(() => {
    tries++;
    return other.isEmpty ? undefined : true;
  }, Infinity);
  const before = tries;
  maker.lay(new Uint8Array([1]), 5);
  maker.lay(new Uint8Array([2]), 6);
  expect(other.peek()?.flags).toBe(5);
  expect(tries).toBe(before);
  maker.wake();
  expect(await received).toBe(true);
  other.close();
  maker.close();
});

it('a wake that is owed comes with the next record that is sent', async () => {
  const maker = Channel.create(4096);
  const other = Channel.attach(maker.segment.file);
  const received = other.line.wait(() => (other.isEmpty ? undefined : true), Infinity);
  maker.lay(new Uint8Array([1]), 5);
  maker.send(new Uint8Array([2, 3]), 6, 1);
  expect(await received).toBe(true);
  const first = other.peek();
  if (first !== undefined) other.take(first);
  const second = other.peek();
  expect(second && second.end - second.start).toBe(1);
  other.close();
  maker.close();
});

it('a thread that looks by itself takes note of a ring whose ringer was killed before it woke the thread', async () => {
  const RUNG = BODY;
  const maker = Channel.create(4096);
  const other = Channel.attach(maker.segment.file);
  const received = other.line.wait(() => (other.isEmpty ? undefined : true), Infinity);
  const { id } = thisAgent();
  const words = thisAgent().wordsOf(id) as Int32Array;
  Atomics.store(words, RUNG, 1);
  while (Atomics.load(words, RUNG) === 1) await setImmediate();
  maker.send(new Uint8Array([1]), 5);
  expect(await received).toBe(true);
  other.close();
  maker.close();
});
