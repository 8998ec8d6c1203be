import { describe, test } from 'vitest';

/**
 * Tests that need something that not every machine has. Where it is missing, one test of that name says so, loudly: a
 * skipped one would be a failure of the run.
 *
 * @param missing why they cannot run here; `undefined` = they can
 * @param options `concurrent`: they run side by side, and beside other such groups of the file
 */
export function describeNeeding(
  missing: string | undefined,
  title: string,
  define: () => void,
  options: { readonly concurrent?: boolean } = {},
): void {
  if (missing === undefined) describe(title, options, define);
  else test(`NOT TESTED: ${title}: ${missing}`, () => console.warn(`NOT TESTED: ${title}: ${missing}`));
}
