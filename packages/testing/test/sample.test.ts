import { sampled } from '@mp/testing';
import { afterEach, expect, test, vi } from 'vitest';

afterEach(() => {
  vi.unstubAllEnvs();
});

test('a sample has a case by every seed: a file without a test would be an error', () => {
  const cases = ['one', 'two', 'three'];
  const sizes = new Set<number>();
  for (let seed = 0; seed < 200; seed++) {
    vi.stubEnv('MP_TEST_SEED', String(seed));
    const taken = sampled(cases, (each) => each);
    expect(cases).toEqual(expect.arrayContaining(taken));
    sizes.add(taken.length);
  }
  expect(sizes).not.toContain(0);
  expect(sizes).toContain(3);
});
