import { createHash } from 'node:crypto';

/** How a script may be used. */
export interface ScriptOptions {
  /** It changes nothing: runs also when Redis is full, and is sent again when the connection was lost. */
  readonly reads?: boolean;
  /**
   * Running it twice, one after the other, is as running it once: it is sent again when the connection was lost before its
   * answer came. Without, such a call rejects with `ERR_MP_DISCONNECTED`, as it is not known whether it has run.
   */
  readonly repeatable?: boolean;
  /** Runs also when Redis is full: for a script that frees memory, or that keeps what is there. */
  readonly whenFull?: boolean;
}

/**
 * What every script begins with: Redis's clock in whole milliseconds, and a number as all of its digits (Lua writes large ones
 * as `1e+15`).
 */
const PRELUDE = `
local function now() local t = redis.call('TIME') return t[1] * 1000 + math.floor(t[2] / 1000) end
local function text(n) return string.format('%.0f', n) end
`;

/**
 * One operation: Lua that Redis runs in one step, so that it has happened or has not, wherever its caller dies.
 *
 * Within it there are `now()`, milliseconds of Redis's clock, the only one that counts, and `text(n)`, an integer as its
 * digits. All its keys have one hash tag, see {@link Names}, so that it runs in a cluster too.
 */
export class Script {
  readonly source: string;
  readonly sha: string;
  readonly isRepeatable: boolean;

  /** @param name how errors call it. @param lua its body */
  constructor(
    readonly name: string,
    lua: string,
    { reads = false, repeatable = reads, whenFull = false }: ScriptOptions = {},
  ) {
    const flags = reads ? ' flags=no-writes' : whenFull ? ' flags=allow-oom' : '';
    this.source = `#!lua${flags}\n${PRELUDE}${lua}`;
    this.sha = createHash('sha1').update(this.source).digest('hex');
    this.isRepeatable = repeatable;
  }
}

/** What a script is given besides its keys. Numbers are written as JavaScript writes them. */
export type Argument = string | number | Buffer;

/** What Redis answers: strings come as bytes. */
export type Reply = number | Buffer | null | readonly Reply[];
