import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leakCheck, runsAll } from '@mp/testing';
import { afterAll, expect, it } from 'vitest';
import { KINDS, run } from './program.ts';

leakCheck();

const folder = mkdtempSync(join(tmpdir(), 'mp-pool-'));
afterAll(() => rmSync(folder, { recursive: true }));

const COUNT = 3000;

/** Any will do: `npm test` takes that of its run. */
const SEEDS = runsAll ? [1, 2, 3] : [Number(process.env.MP_TEST_SEED ?? 1) % 1000];

it.each(SEEDS.flatMap((seed) => KINDS.map((kind) => [kind, seed] as const)))(
  'jobs sent ahead to a %s and taken back run exactly once (seed %i)',
  async (kind, seed) => {
    const args = [join(folder, `${kind}-${seed}`), String(seed), String(COUNT)];
    const { lines, stderr } = await run('take-back.mjs', { kind, args });
    expect(lines, stderr).toEqual([[COUNT, true], [COUNT, COUNT], false, 'slow']);
  },
);
