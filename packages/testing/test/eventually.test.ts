import { eventually } from '@mp/testing';
import { expect, test } from 'vitest';

test('eventually() answers the first truthy answer', async () => {
  let turns = 0;
  expect(await eventually('three turns', () => (++turns === 3 ? 'done' : undefined))).toBe('done');
  expect(turns).toBe(3);
});

test('eventually() takes what is thrown for "not yet"', async () => {
  let turns = 0;
  const flaky = () => {
    if (++turns < 3) throw new Error('not there');
    return turns;
  };
  expect(await eventually('three turns', flaky)).toBe(3);
});

test('eventually() fails with what it waited for and the last answer', async () => {
  const never = () => {
    throw new Error('not there');
  };
  await expect(eventually('the lock is free', never, { within: 30 })).rejects.toThrow(
    'Not within 30 ms: the lock is free. The last answer was Error: not there',
  );
});
