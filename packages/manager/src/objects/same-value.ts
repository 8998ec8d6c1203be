import { isDeepStrictEqual } from 'node:util';
import { HANDLE } from '@mp/core/internal';

/**
 * Whether two values of a container are the same: objects of the server and of `@mp` by identity, plain data by what is in
 * it, as `==` of Python. All data in a server are copies, so by identity no client could find one again.
 */
export function sameValue(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null)
    return Number.isNaN(one) && Number.isNaN(other);
  return !(HANDLE in one) && !(HANDLE in other) && isDeepStrictEqual(one, other);
}
