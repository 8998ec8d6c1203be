import { describe, test } from 'vitest';

/**
 * Tests that need something that not every machine has. Where it is missing, one test of that name says so, loudly: a
 * skipped one would be a failure of the run.
 *
 * @param missing why they cannot run here; `undefined` = they can
 */
export function describeNeeding(missing: string | undefined, title: string, define: () => void): void {
  if (missing === undefined) describe(title, define);
  else test(`NOT TESTED: ${title}: ${missing}`, () => console.warn(`NOT TESTED: ${title}: ${missing}`));
}
