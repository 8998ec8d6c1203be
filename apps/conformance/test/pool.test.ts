import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leakCheck, spawnFixture } from '@mp/testing';
import { describe } from 'vitest';
import { poolSuite } from './pool-suite.ts';

leakCheck();

const GIVER = new URL('./fixtures/site-pool/giver.mjs', import.meta.url);

/* The same for many machines: site-pool.test.ts. */
describe('a pool of one machine', () => {
  poolSuite(async (what, workers = 2) => {
    const folder = mkdtempSync(join(tmpdir(), 'mp-pool-'));
    return {
      giver: spawnFixture(GIVER, { args: ['', '', what, folder, 'local', String(workers)] }),
      [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true }),
    };
  });
});
