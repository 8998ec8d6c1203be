import { MpError } from '@mp/core';

/** What no client of ours does: it ends the connection. */
export function misuse(what: string): MpError {
  return new MpError('ERR_MP_MISMATCH', `This is no client of a manager: ${what}`);
}
