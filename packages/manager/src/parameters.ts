import { MpError } from '@mp/core';
import type { Parameter } from '@mp/core/internal';
import { sameValue } from './objects/same-value.ts';

/**
 * Checks that an object of a name is what it is asked for as; what was left out is taken as it is.
 *
 * @param title type and name, like `queue "jobs"`
 * @throws MpError `ERR_MP_MISMATCH` naming the first difference
 */
export function checkParameters(title: string, parameters: readonly Parameter[]): void {
  const wrong = parameters.find(({ asked, found }) => asked !== undefined && !sameValue(asked, found));
  if (wrong === undefined) return;
  throw new MpError(
    'ERR_MP_MISMATCH',
    `Cannot open the ${title} of the manager: its ${wrong.name} is ${shown(wrong.found)}, not ${shown(wrong.asked)}. Ask for it as it is, or take another name`,
  );
}

function shown(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
