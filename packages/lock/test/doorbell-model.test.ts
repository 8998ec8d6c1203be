import { LIMIT_MS, sampled } from '@mp/testing';
import type { Bounds, Mutant } from '@mp/testing/model';
import { describe, expect, test } from 'vitest';
import { explorer, isWide } from './model/explorer.ts';

/*
 * As model.test.ts, with threads that block at their doorbells, because their system has no futex: docs/decisions/011.
 */

/** Not by what the addon says: the model has both ways. */
const POSIX: Mutant = { file: 'core/agent.ts', from: "native.backend() === 'posix'", to: 'true' };

for (const file of ['lock', 'condition', 'semaphore', 'event']) {
  const scenarios = explorer(file, [POSIX]);
  for (const name of isWide ? scenarios.names : sampled(scenarios.names, (each) => `doorbell ${each}`)) {
    test(name, { timeout: isWide ? 3_600_000 : LIMIT_MS }, () => {
      const found = scenarios.explore(name, () => (isWide ? { most: 3_000_000 } : {}));
      expect(found.failure).toBeUndefined();
      expect(found.states).toBeGreaterThan(100);
      if (!isWide) expect(found.complete).toBe(true);
    });
  }
}

interface Fault {
  what: string;
  mutants: Mutant[];
  scenario: string;
  bounds?: Bounds;
}

const FAULTS: Fault[] = [
  {
    what: 'a thread that sleeps without saying so',
    mutants: [
      {
        file: 'core/agent.ts',
        from: '    this.mode = LOOP;\n    native.doorbellWait(',
        to: '    native.doorbellWait(',
      },
    ],
    scenario: 'Lock: two threads',
  },
  {
    what: 'a thread that says so only when it has looked at its word',
    mutants: [
      {
        file: 'core/agent.ts',
        from: '    this.mode = LOOP;\n    native.doorbellWait(',
        to: '    const rung = Atomics.load(this.#page.words, RUNG);\n    this.mode = LOOP;\n    if (rung === 0) native.doorbellWait(',
      },
      {
        file: 'core/agent.ts',
        from: 'doorbellWait(this.#page.buffer, RUNG * 4',
        to: 'doorbellWait(this.#page.buffer, THREAD * 4',
      },
    ],
    scenario: 'Lock: two threads',
  },
];

describe('the exploration finds', () => {
  for (const { what, mutants, scenario, bounds = {} } of FAULTS) {
    test(what, () => {
      const found = explorer('lock', [POSIX, ...mutants]).explore(scenario, () => bounds);
      expect(found.failure ?? 'nothing').toContain('nobody goes on');
    });
  }
});
