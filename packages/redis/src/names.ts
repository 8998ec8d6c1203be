import { MpError } from '@mp/core';

const PATTERN = /^[A-Za-z0-9._-]{1,100}$/;

/** @throws TypeError, RangeError on what can be no name */
export function checkName(name: string, what: string): void {
  if (typeof name !== 'string')
    throw new TypeError(`The name of ${what} must be a string, not a ${typeof name}`);
  if (!PATTERN.test(name))
    throw new RangeError(
      `The name of ${what} must be 1 to 100 of A-Z a-z 0-9 . _ -, not ${JSON.stringify(name.slice(0, 120))}`,
    );
}

/** @throws TypeError, RangeError on what can be no namespace */
export function checkNamespace(namespace: string): void {
  if (typeof namespace !== 'string')
    throw new TypeError(
      `namespace must be a string, as in connectRedis(url, { namespace: 'shop' }), not ${namespace === undefined ? 'undefined' : `a ${typeof namespace}`}`,
    );
  checkName(namespace, 'a namespace');
}

/**
 * The keys of one object: `<namespace>:{<kind>:<name>}`, and that followed by `:<part>`. What stands in braces is the hash
 * tag of a cluster: all keys of one object lie on one node. The first one is also the object's channel.
 */
export class Names {
  readonly main: string;

  constructor(namespace: string, kind: string, name: string) {
    checkName(name, `a ${kind}`);
    this.main = `${namespace}:{${kind}:${name}}`;
  }

  part(part: string): string {
    return `${this.main}:${part}`;
  }
}

/** The error for an object that was made with other parameters. */
export function mismatch(what: string, found: string, wanted: string): MpError {
  return new MpError(
    'ERR_MP_MISMATCH',
    `Cannot open ${what}: it was made with ${found}, and was asked for with ${wanted}. Use the same, or another name`,
  );
}
