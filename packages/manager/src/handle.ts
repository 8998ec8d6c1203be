import { randomBytes } from 'node:crypto';
import { ClosedError, MpError } from '@mp/core';
import type { HandleRecord } from '@mp/core/internal';
import { handleOf, presentCoding } from './coding.ts';
import { type ObjectRef, REF } from './reference.ts';

/** A capability: 128 random bits. */
export function newToken(): string {
  return randomBytes(16).toString('base64url');
}

/** Whether a client's token may be one: long enough not to be met by chance. */
export function isToken(given: unknown): given is string {
  return typeof given === 'string' && given.length >= 22 && given.length <= 256;
}

/** The number of one message on its way. */
export function newLoan(): number {
  return randomBytes(6).readUIntBE(0, 6);
}

/**
 * How a proxy travels. To its own server it goes by its number. To any other process it goes by the address of the server
 * and a token for this one object, which the server keeps until the receiver has asked for it.
 *
 * @throws ClosedError when it was let go of here
 */
export function handleOfRef(ref: ObjectRef): HandleRecord {
  const parts = presentCoding()?.partsOf({ [REF]: ref });
  if (parts !== undefined) return handleOf(parts);
  const { info, end } = ref.client;
  if (end !== undefined) throw end;
  if (ref.isReleased) throw new ClosedError('Cannot send the object of a manager: it was let go of here');
  if (info === undefined || (ref.number === undefined && ref.token === undefined))
    throw new MpError('ERR_MP_STALE', 'Cannot send the object of a manager while it is being connected to');
  ref.token ??= newToken();
  const { token } = ref;
  // Of random bits too: another receiver must not be able to end it.
  const loan = newLoan();
  const lend = () => ref.client.lend(ref, token, loan);
  if (ref.number !== undefined) lend();
  // It came with this token, which serves until it is here and can be lent.
  else ref.source?.promise.then(lend, () => {});
  return handleOf(['far', info, token, loan, ref.type]);
}
