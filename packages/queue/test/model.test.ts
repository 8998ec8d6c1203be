import { LIMIT_MS, sampled } from '@mp/testing';
import { type Bounds, Explorer, type Mutant, Sources } from '@mp/testing/model';
import { describe, expect, test } from 'vitest';
import { FAULTS } from './model/faults.ts';

/*
 * The sources of the queue under every order in which two or three agents can take turns: docs/decisions/006 says what
 * that covers. `npm run model` goes further, for minutes.
 */
const SOURCES = [
  'base-queue',
  'dead-letters',
  'get-side',
  'heap',
  'latch',
  'latched-store',
  'layout',
  'lease',
  'options',
  'pending-put',
  'put-side',
  'queue',
  'queue-state',
  'receiver',
  'records',
  'short-item',
  'store',
  'until-over',
  'waits',
].map((each) => `queue/${each}`);

const CONSTANTS = {
  // Less memory, as all of it is compared: three records in the ring, which goes round it, and few waiters and cells.
  WAITERS_CAPACITY: '4',
  FIRST_RING_BYTES: '56',
  SHAPES_BYTES: '16',
  FIRST_CAPACITY: '4',
  SCRATCH_BYTES: '64',
  // To spin, or to nap again, only tries again what the exploration tries anyway.
  SPINS: '0',
  NAPS: '1',
  VAIN_WAKES: '1_000',
  // Every look for the dead is one: when the last one was outlives a sleep, and would have to be remembered.
  RECLAIM_MS: '0',
  BUSY_RECLAIM_MS: '0',
};

const at = (file: string) => new URL(`./model/${file}.ts`, import.meta.url);

/** For what makes messages, and for what lists memory in satellites. */
const STAND_INS = { '@mp/serde/internal': at('serde'), 'queue/slab-allocator': at('slab-allocator') };

const isWide = process.env.MP_MODEL === 'wide';

function explorer(file: string, mutants: readonly Mutant[] = []): Explorer {
  return new Explorer(new Sources(at(file), SOURCES, { mutants, constants: CONSTANTS, standIns: STAND_INS }));
}

/**
 * One more turn out of order, and some millions of states at most. Where looks may come at any moment, two such turns meet
 * what docs/decisions/006 calls known and left.
 */
function wider({ preemptions, looks = 0, timeouts = 0 }: Bounds): Bounds {
  if (!isWide) return {};
  const further = preemptions !== undefined && looks + timeouts === 0;
  return { most: 3_000_000, ...(further && { preemptions: preemptions + 1 }) };
}

for (const file of ['flow', 'lease', 'ends', 'death']) {
  const scenarios = explorer(file);
  for (const name of isWide ? scenarios.names : sampled(scenarios.names, (each) => each)) {
    test(name, { timeout: isWide ? 3_600_000 : LIMIT_MS }, () => {
      const found = scenarios.explore(name, wider);
      if (isWide) console.log(`${name}: ${JSON.stringify(found)}`);
      expect(found.failure).toBeUndefined();
      expect(found.states).toBeGreaterThan(1000);
      if (!isWide) expect(found.complete).toBe(true);
    });
  }
}

describe('the exploration finds', () => {
  for (const { what, mutants, file, scenario, finds, bounds = {} } of sampled(
    FAULTS,
    (fault) => fault.what,
  )) {
    test(what, () => {
      expect(explorer(file, mutants).explore(scenario, () => bounds).failure ?? 'nothing').toContain(finds);
    });
  }
});
