import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const TOKEN_BYTES = 18;

/** Why a request is not served. */
export interface Refusal {
  status: 403 | 405;
  /** One sentence, for the user that typed the address. */
  why: string;
}

/**
 * Decides which requests are served. The page shows names and command lines of this user's programs, so it is for the one
 * who can read the terminal: the address has a random token, and other users and other sites do not know it.
 */
export class Gate {
  /** The first part of every path. */
  readonly token = randomBytes(TOKEN_BYTES).toString('base64url');
  readonly #hosts: ReadonlySet<string>;

  /** @param port at which the server listens on the loopback interface */
  constructor(port: number) {
    const names = ['127.0.0.1', 'localhost'];
    // A client leaves out the port that is usual for HTTP.
    this.#hosts = new Set(
      names.flatMap((name) => (port === 80 ? [name, `${name}:80`] : [`${name}:${port}`])),
    );
  }

  /** @returns what stands behind the token and its slash, without a query; `undefined` when even the slash is missing */
  admit({ headers, method, url = '' }: IncomingMessage): { path: string | undefined } | Refusal {
    // A page of another site whose name was made to lead to 127.0.0.1 sends that name.
    if (!this.#hosts.has(headers.host?.toLowerCase() ?? '')) {
      return { status: 403, why: 'This server answers at 127.0.0.1 and localhost only' };
    }
    const [, token = '', ...rest] = url.split('?', 1)[0].split('/');
    if (!url.startsWith('/') || !isSame(token, this.token)) {
      return { status: 403, why: 'This address lacks the token: open the one that mp web has printed' };
    }
    if (method !== 'GET') return { status: 405, why: 'This server only answers GET' };
    return { path: rest.length === 0 ? undefined : rest.join('/') };
  }
}

/** Compares in a time that does not tell how much of it is right. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
