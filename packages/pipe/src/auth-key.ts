/** What both ends must know: bytes, or text whose UTF-8 they are. */
export type AuthKey = Uint8Array | string;

/**
 * The bytes of a key.
 *
 * @returns a copy; `undefined` = no authentication
 * @throws TypeError when it is neither bytes nor text
 */
export function keyOf(authKey: AuthKey | undefined): Uint8Array | undefined {
  if (authKey === undefined) return undefined;
  if (typeof authKey === 'string') return Buffer.from(authKey);
  if (authKey instanceof Uint8Array) return Uint8Array.from(authKey);
  const found = authKey === null ? 'null' : `a ${typeof authKey}`;
  throw new TypeError(`authKey must be a Uint8Array or a string, not ${found}`);
}
