/** What can be a key of a {@link SiteMap}. Bytes are equal when their content is. */
export type SiteMapKey = string | number | bigint | boolean | Uint8Array;

/*
 * A key as bytes: a letter, and what follows it. Equal keys have equal bytes, and no others do.
 *
 *   s  text as UTF-8                     n  a number, as JavaScript writes it; -0 is 0
 *   u  text that is no UTF-8, as UTF-16  i  a bigint, in decimal
 *   b  bytes                             t  true        f  false
 */

/** @throws TypeError when `key` cannot be one */
export function keyBytes(key: SiteMapKey): Buffer {
  switch (typeof key) {
    case 'string':
      return isWellFormed(key)
        ? Buffer.from(`s${key}`)
        : Buffer.concat([Buffer.from('u'), Buffer.from(key, 'utf16le')]);
    case 'number':
      return Buffer.from(`n${key}`);
    case 'bigint':
      return Buffer.from(`i${key}`);
    case 'boolean':
      return Buffer.from(key ? 't' : 'f');
    default:
      if (key instanceof Uint8Array) return Buffer.concat([Buffer.from('b'), key]);
      throw new TypeError(
        `A key must be a string, number, bigint, boolean or Uint8Array, not ${key === null ? 'null' : `a ${typeof key}`}`,
      );
  }
}

export function keyOf(bytes: Buffer): SiteMapKey {
  switch (String.fromCharCode(bytes[0])) {
    case 's':
      return bytes.toString('utf8', 1);
    case 'u':
      return bytes.toString('utf16le', 1);
    case 'n':
      return Number(bytes.toString('latin1', 1));
    case 'i':
      return BigInt(bytes.toString('latin1', 1));
    case 'b':
      return new Uint8Array(bytes.subarray(1));
    default:
      return bytes[0] === 't'.charCodeAt(0);
  }
}

/** Whether it has no half of a surrogate pair. */
function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}
