import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leakCheck, spawnFixture } from '@mp/testing';
import { afterEach, beforeEach, describe } from 'vitest';
import { poolSuite } from './pool-suite.ts';

leakCheck();

const GIVER = new URL('./fixtures/site-pool/giver.mjs', import.meta.url);

/* The same for many machines: site-pool.test.ts. */
describe('a pool of one machine', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mp-pool-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  poolSuite(async (what, workers = 2) =>
    spawnFixture(GIVER, { args: ['', '', what, folder, 'local', String(workers)] }),
  );
});
