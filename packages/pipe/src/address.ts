import { segmentDirectory } from '@mp/core/internal';

/** A Unix socket: a file, or, when the path begins with `\0`, a name that Linux keeps without one. */
export interface PathAddress {
  readonly path: string;
}

/** A TCP socket. */
export interface HostAddress {
  /** A name or a number; of a name, an IPv4 address is preferred, as in Python. */
  readonly host: string;
  readonly port: number;
}

/** Where a listener is. */
export type Address = PathAddress | HostAddress;

/** What the kernel takes, without the NUL at the end. */
const PATH_MOST = process.platform === 'darwin' ? 103 : 107;
const EXAMPLE = "{ path: '/tmp/jobs.sock' } or { host: '127.0.0.1', port: 6000 }";

/**
 * Checks an address.
 *
 * @param address what a user gave
 * @returns a copy of it
 * @throws TypeError, RangeError saying what is wrong
 */
export function checkAddress(address: unknown): Address {
  if (typeof address !== 'object' || address === null) {
    throw new TypeError(
      `address must be ${EXAMPLE}, not ${address === null ? 'null' : `a ${typeof address}`}`,
    );
  }
  const { path, host, port } = address as Record<string, unknown>;
  if (path !== undefined) {
    if (host !== undefined || port !== undefined)
      throw new TypeError(`address must have a path, or a host and a port, not both: ${EXAMPLE}`);
    return { path: checkPath(path) };
  }
  if (typeof host !== 'string' || host === '') {
    throw new TypeError(
      `address must be ${EXAMPLE}: its host is ${host === '' ? 'empty' : `a ${typeof host}`}`,
    );
  }
  if (typeof port !== 'number') throw new TypeError(`port must be a number, not a ${typeof port}`);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new RangeError(`port must be a whole number from 0 to 65535, not ${port}`);
  return { host, port };
}

function checkPath(path: unknown): string {
  if (typeof path !== 'string') throw new TypeError(`path must be a string, not a ${typeof path}`);
  if (path === '' || path === '\0') throw new RangeError('path must not be empty');
  if (path.startsWith('\\\\')) {
    throw new RangeError(`path must name a Unix socket: ${path} is a named pipe, which only Windows has`);
  }
  if (path.includes('\0', 1)) throw new RangeError('path must not contain NUL, except at its beginning');
  const length = Buffer.byteLength(path);
  if (length <= PATH_MOST) return path;
  const wayOut = path.startsWith(segmentDirectory())
    ? 'Give a shorter one: { path }'
    : 'Choose a shorter one';
  throw new RangeError(
    `path must be at most ${PATH_MOST} bytes long, which is what the system allows: ${path} has ${length}. ${wayOut}`,
  );
}

/** An address as messages show it. */
export function titleOf(address: Address): string {
  if ('path' in address) return address.path.replace('\0', '@');
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'it is in use',
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES: 'this user may not',
  ECONNREFUSED: 'nobody listens there',
  ENOENT: 'there is no such file or directory',
  ENOTFOUND: 'there is no host of that name',
  ENOTSOCK: 'it is no socket',
  EPROTOTYPE: 'it is no stream socket',
  EMFILE: 'this process has no descriptor left',
};

/**
 * The error of the system, with a message that says what was tried. `code`, `errno` and `syscall` are the system's.
 *
 * @param doing like `listen on`
 */
export function addressError(doing: string, address: Address, cause: unknown, hint = ''): Error {
  const { code, errno, syscall } = cause as NodeJS.ErrnoException;
  const reason = REASONS[code ?? ''] ?? (cause as Error).message;
  const error = new Error(`Cannot ${doing} ${titleOf(address)}: ${reason} (${code})${hint}`, { cause });
  return Object.assign(error, { code, errno, syscall }, address);
}
