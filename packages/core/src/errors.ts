/** The codes of every error of `@mp`: what programs branch on. Messages may change, codes do not. */
export type MpErrorCode =
  | 'ERR_MP_TIMEOUT'
  | 'ERR_MP_CLOSED'
  | 'ERR_MP_NOT_OWNER'
  | 'ERR_MP_DEADLOCK'
  | 'ERR_MP_BROKEN_BARRIER'
  | 'ERR_MP_BROKEN_POOL'
  | 'ERR_MP_WORKER_DIED'
  | 'ERR_MP_REMOTE'
  | 'ERR_MP_SERIALIZATION'
  | 'ERR_MP_AUTHENTICATION'
  | 'ERR_MP_MESSAGE_TOO_LONG'
  | 'ERR_MP_NATIVE_MISSING'
  | 'ERR_MP_UNSUPPORTED_PLATFORM'
  | 'ERR_MP_NO_SPACE'
  | 'ERR_MP_MISMATCH'
  | 'ERR_MP_STALE'
  | 'ERR_MP_NOT_FOUND'
  | 'ERR_MP_EXISTS'
  | 'ERR_MP_LIMIT'
  | 'ERR_MP_DISCONNECTED'
  | 'ERR_MP_UNGUARDED_MAIN'
  | 'ERR_MP_TASK_NOT_FOUND'
  | 'ERR_MP_TASK_MISMATCH'
  | 'ERR_MP_PACKAGE_MISSING';

const BRANDS: unique symbol = Symbol.for('@mp/core/error-brands') as never;

/**
 * The base of every error that `@mp` throws on purpose.
 *
 * `instanceof` goes by a brand, not by the class object, so that it holds across two installed copies of `@mp/core`.
 *
 * @example
 * ```ts
 * import { Lock, MpError } from '@mp/lock';
 *
 * const lock = new Lock();
 * using held = lock.acquireSync();
 * try {
 *   await lock.acquire({ timeout: 10 });
 * } catch (error) {
 *   if (error instanceof MpError) console.log(error.code); // ERR_MP_TIMEOUT
 * }
 * ```
 */
export class MpError extends Error {
  /** What went wrong, for programs. */
  readonly code: MpErrorCode;

  constructor(code: MpErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    // A user's class that extends ours is told apart by its prototype, as usual.
    if (!Object.hasOwn(this, 'brand')) return Function.prototype[Symbol.hasInstance].call(this, value);
    const { brand } = this as unknown as { brand: string };
    return (
      typeof value === 'object' &&
      value !== null &&
      (value as { [BRANDS]?: string[] })[BRANDS]?.includes(brand) === true
    );
  }
}

interface ErrorClass {
  prototype: object;
}

/** Gives a class its name and its brand, which its subclasses inherit. */
function brand(target: ErrorClass, name: string): void {
  const inherited = (target.prototype as { [BRANDS]?: string[] })[BRANDS] ?? [];
  Object.defineProperty(target, 'brand', { value: name });
  Object.defineProperty(target.prototype, 'name', { value: name, writable: true, configurable: true });
  Object.defineProperty(target.prototype, BRANDS, { value: [...inherited, name] });
}

/** A wait ran out of time. `code` is `ERR_MP_TIMEOUT`. */
export class TimeoutError extends MpError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_MP_TIMEOUT', message, options);
  }
}

/** The object was closed in this thread, or shut down for all users. `code` is `ERR_MP_CLOSED`. */
export class ClosedError extends MpError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_MP_CLOSED', message, options);
  }
}

/** What was to be released is not held, or not by the caller. `code` is `ERR_MP_NOT_OWNER`. */
export class NotOwnerError extends MpError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_MP_NOT_OWNER', message, options);
  }
}

/** A wait that could never end. `code` is `ERR_MP_DEADLOCK`. */
export class DeadlockError extends MpError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_MP_DEADLOCK', message, options);
  }
}

/** A barrier was aborted, reset, ran out of time, or lost a party. `code` is `ERR_MP_BROKEN_BARRIER`. */
export class BrokenBarrierError extends MpError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_MP_BROKEN_BARRIER', message, options);
  }
}

/** A pool cannot make workers any more. `code` is `ERR_MP_BROKEN_POOL`. */
export class BrokenPoolError extends MpError {
  /** The last lines that the last worker wrote to standard error, when it ended before it was up. */
  declare readonly stderr?: string;

  constructor(message: string, options?: ErrorOptions & { stderr?: string | undefined }) {
    super('ERR_MP_BROKEN_POOL', message, options);
    if (options?.stderr !== undefined) this.stderr = options.stderr;
  }
}

/** What is known of the end of a worker. */
export interface WorkerDeath {
  /** Its process id. */
  pid: number;
  /** Its exit code; `undefined` when a signal ended it. */
  exitCode?: number | undefined;
  /** The signal that ended it, like `'SIGKILL'`. */
  signal?: string | undefined;
  /** The task it was running. */
  task?: string | undefined;
  /** The last lines it wrote to standard error, if they were captured. */
  stderr?: string | undefined;
  /** `true` when it is known that it ran out of memory. */
  oom?: boolean | undefined;
}

/** A worker ended in the middle of a task. `code` is `ERR_MP_WORKER_DIED`. */
export class WorkerDiedError extends MpError implements WorkerDeath {
  declare readonly pid: number;
  declare readonly exitCode: number | undefined;
  declare readonly signal: string | undefined;
  declare readonly task: string | undefined;
  declare readonly stderr: string | undefined;
  declare readonly oom: boolean | undefined;

  constructor(message: string, death: WorkerDeath, options?: ErrorOptions) {
    super('ERR_MP_WORKER_DIED', message, options);
    Object.assign(this, death);
  }
}

/** An error of another process whose class is not known here. `code` is `ERR_MP_REMOTE`. */
export class RemoteError extends MpError {
  /** The name of its class over there. */
  readonly remoteName: string;
  /** The `code` it has over there, if any; {@link MpError.code} says that it is a remote error. */
  declare readonly remoteCode?: unknown;

  constructor(message: string, remoteName = 'Error', options?: ErrorOptions) {
    super('ERR_MP_REMOTE', message, options);
    this.remoteName = remoteName;
  }
}

/** A value that cannot be sent, or bytes that are no message. `code` is `ERR_MP_SERIALIZATION`. */
export class SerializationError extends MpError {
  /** Where in the value, like `args[0].callback`. */
  readonly path: string;

  constructor(message: string, path = '', options?: ErrorOptions) {
    super('ERR_MP_SERIALIZATION', message, options);
    this.path = path;
  }
}

/** The other side does not know the key. `code` is `ERR_MP_AUTHENTICATION`. */
export class AuthenticationError extends MpError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_MP_AUTHENTICATION', message, options);
  }
}

/** A message is longer than the receiver allows. `code` is `ERR_MP_MESSAGE_TOO_LONG`. */
export class MessageTooLongError extends MpError {
  /** The whole message, when it was received and is only too long for the buffer that it was to be written into. */
  declare readonly bytes?: Buffer;

  constructor(message: string, options?: ErrorOptions & { bytes?: Buffer }) {
    super('ERR_MP_MESSAGE_TOO_LONG', message, options);
    if (options?.bytes !== undefined) this.bytes = options.bytes;
  }
}

const CLASSES = {
  MpError,
  TimeoutError,
  ClosedError,
  NotOwnerError,
  DeadlockError,
  BrokenBarrierError,
  BrokenPoolError,
  WorkerDiedError,
  RemoteError,
  SerializationError,
  AuthenticationError,
  MessageTooLongError,
};
for (const [name, target] of Object.entries(CLASSES)) brand(target, name);
