import { readdirSync } from 'node:fs';
import { sweep } from '@mp/core/internal';
import { leakCheck, spawnFixture } from '@mp/testing';
import { expect, it } from 'vitest';

leakCheck();

/** Runs a scene to its end. @returns its lines */
async function scene(name: string) {
  const program = spawnFixture(new URL('fixtures/children.mjs', import.meta.url), { args: [name] });
  const lines = await program.rest();
  expect([(await program.exited).code, program.stderr]).toEqual([0, '']);
  return lines.map((line) => JSON.parse(line));
}

/** What is in the segment directory, without what a sweep removes and what this process has. */
function segments(): string[] {
  sweep();
  return readdirSync(process.env.MP_DIR as string).filter((file) => !/^(a|d|p|t)-|^\./.test(file));
}

it('a child may make queues and pools', async () => {
  expect(await scene('makes its own')).toEqual([[0, ['mine', 42]]]);
});

it('a child may pass on to its own what it was given', async () => {
  expect(await scene('nested')).toEqual([[0, [1, 2]]]);
});

it('what the main script makes as it is imported is made again in each child, and left by none', async () => {
  expect(await scene('global of the main script')).toEqual([[[0, 0, 0], 3]]);
  expect(segments()).toEqual([]);
});

it('nothing is left of what a killed process had made', async () => {
  expect(await scene('killed')).toEqual(['holds', -9]);
  expect(segments()).toEqual([]);
});
