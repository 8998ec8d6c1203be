import { MpError } from '@mp/core';

/** What a call on an object of a server gets that was lost. */
export function objectsAreGone(cause: Error): MpError {
  return new MpError(
    'ERR_MP_STALE',
    'Cannot use the object of a manager: the connection that held it was lost, and its objects are gone. Ask the manager for new ones',
    { cause },
  );
}
