import { NotOwnerError } from '@mp/core';

/** A write that is refused when it comes late. */
export interface Fenced {
  /**
   * The token of the lock under which it is done (`guard.token`): the write is refused when one with a larger token has been
   * here before. Left out: it is always done.
   */
  readonly token?: number | undefined;
}

/**
 * The part of a script that refuses late writes: `admits(hash, field, token)`. The largest token is kept in the field of the
 * hash.
 */
export const ADMITS = `
local function admits(k, field, token)
  if token == '' then return true end
  local seen = redis.call('HGET', k, field)
  if seen and tonumber(seen) > tonumber(token) then return false, seen end
  redis.call('HSET', k, field, token)
  return true
end
`;

/** The token as an argument of a script. @throws TypeError, RangeError on a bad one */
export function tokenArgument(options: Fenced | undefined): string {
  const token = options?.token;
  if (token === undefined) return '';
  if (typeof token !== 'number')
    throw new TypeError(`token must be a number, guard.token, not a ${typeof token}`);
  if (!Number.isSafeInteger(token) || token < 0)
    throw new RangeError(`token must be a whole number, not ${token}`);
  return String(token);
}

/** The error of a write that was refused. */
export function refused(what: string, token: string, seen: unknown): NotOwnerError {
  return new NotOwnerError(
    `Refused a write to ${what} with token ${token}: one with token ${String(seen)} came before, so the lock was lost`,
  );
}
