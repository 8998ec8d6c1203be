import { leakCheck, spawnFixture } from '@mp/testing';
import { expect, test } from 'vitest';

leakCheck();

test('workers terminated in the middle of anything leave nothing and break nothing', async () => {
  const seed = Number(process.env.MP_STRESS_SEED ?? Math.floor(Math.random() * 2 ** 31));
  const run = spawnFixture(new URL('./stress-workers.mjs', import.meta.url), { args: ['60', String(seed)] });
  const exit = await run.exited;
  expect(exit, `MP_STRESS_SEED=${seed}\n${run.stderr}`).toEqual({ code: 0, signal: null });
  const { begun, leaks } = JSON.parse(await run.line());
  expect(leaks).toEqual({ descriptors: 0, mappings: 0, files: 0 });
  expect(begun).toBeGreaterThan(0);
});
