import { AuthenticationError, ClosedError, MpError, RemoteError } from '@mp/core';
import { ErrorReply } from 'redis';

/** Redis cannot be reached, or was lost in the middle of a call. */
export function disconnected(message: string, cause?: unknown): MpError {
  return new MpError('ERR_MP_DISCONNECTED', message, { cause });
}

export function isDisconnected(error: unknown): error is MpError {
  return error instanceof MpError && error.code === 'ERR_MP_DISCONNECTED';
}

/** Redis answered that it cannot do it now, and has not done it. */
export class NotNow extends Error {
  override readonly name = 'NotNow';
}

export function siteClosed(): ClosedError {
  return new ClosedError('Cannot use the site: it was closed here. Connect again with connectRedis()');
}

/** What the first word of an answer means. */
const MEANINGS: Record<string, (what: string, said: ErrorReply) => Error> = {
  OOM: (what, cause) =>
    new MpError(
      'ERR_MP_NO_SPACE',
      `Cannot ${what}: Redis has used all of its memory ("maxmemory"). Nothing was changed. Remove something there, or give it more`,
      { cause },
    ),
  MISCONF: (what, cause) =>
    new MpError(
      'ERR_MP_NO_SPACE',
      `Cannot ${what}: Redis cannot write its files, and takes no change until it can: ${cause.message}. Look at its disk`,
      { cause },
    ),
  WRONGPASS: (what, cause) => unknownUser(what, cause),
  NOAUTH: (what, cause) => unknownUser(what, cause),
  DENIED: (what, cause) => unknownUser(what, cause),
  NOPERM: (what, cause) =>
    new AuthenticationError(
      `Cannot ${what}: this user of Redis may not do that (${cause.message}). It needs EVAL, EVALSHA, the commands in the scripts, and the keys and channels of the namespace`,
      { cause },
    ),
  READONLY: (what, cause) =>
    disconnected(
      `Cannot ${what}: this Redis is a replica. Connect to the primary, by an address that follows it when another becomes that`,
      cause,
    ),
  MOVED: (what, cause) =>
    new MpError(
      'ERR_MP_MISMATCH',
      `Cannot ${what}: this Redis is a node of a cluster, and the key lies on another one. Connect with { cluster: true }`,
      { cause },
    ),
  WRONGTYPE: (what, cause) =>
    new MpError(
      'ERR_MP_MISMATCH',
      `Cannot ${what}: its key in Redis holds something else. Use a namespace that no other program writes to`,
      { cause },
    ),
  LOADING: (_, cause) => new NotNow(cause.message, { cause }),
  BUSY: (_, cause) => new NotNow(cause.message, { cause }),
  TRYAGAIN: (_, cause) => new NotNow(cause.message, { cause }),
  CLUSTERDOWN: (_, cause) => new NotNow(cause.message, { cause }),
  MASTERDOWN: (_, cause) => new NotNow(cause.message, { cause }),
};

function unknownUser(what: string, cause: ErrorReply): AuthenticationError {
  return new AuthenticationError(
    `Cannot ${what}: Redis does not let this user in (${cause.message}). The URL names both: redis://user:password@host:6379`,
    { cause },
  );
}

/**
 * Our error for one of the client.
 *
 * @param what could not be done: `acquire the lock "a"`
 */
export function serverError(error: unknown, what: string): Error {
  if (error instanceof MpError) return error;
  if (error instanceof ErrorReply) {
    const code = /^[A-Z]+/.exec(error.message)?.[0] ?? '';
    return (
      MEANINGS[code]?.(what, error) ??
      new RemoteError(`Cannot ${what}: ${error.message}`, 'ErrorReply', { cause: error })
    );
  }
  return disconnected(
    `Cannot ${what}: the connection to Redis was lost before the answer came, so it may have happened or not: ${reasonOf(error)}`,
    error,
  );
}

/** The error of a first connection that failed. @param place without its password */
export function unreachable(error: unknown, place: string): Error {
  if (error instanceof ErrorReply) return serverError(error, `connect to ${place}`);
  return disconnected(
    `Cannot reach Redis at ${place}: ${reasonOf(error)}. Is it running there, and does it listen on that address?`,
    error,
  );
}

/** An AggregateError of Node (both addresses of a host refused) has no message of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reasonOf).join(', ');
  return error instanceof Error ? error.message || error.name : String(error);
}
