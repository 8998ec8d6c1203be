/**
 * The codes of every error of `@mp`: what programs branch on. Messages may change, codes do not.
 *
 * Each has a comment: what it means, then a way out. `node tools/errors.mjs` makes docs/reference/errors.md of them.
 */
export type MpErrorCode =
  /**
   * A wait ran out of time.
   *
   * Way out: wait for longer, or find out what holds it up. The message names the holder where there is one; `mp tree` shows
   * which thread waits for which.
   */
  | 'ERR_MP_TIMEOUT'
  /**
   * The object was closed in this thread or was shut down for all its users, or the other end of it is gone: closed, ended,
   * or killed.
   *
   * Way out: after a shutdown this is the end of the work, and loops end by it. Else keep the object open for as long as it is
   * used, or make a new one.
   */
  | 'ERR_MP_CLOSED'
  /**
   * The caller does not hold what it wants to release, acknowledge, notify or enter again. A lease that was taken back is not
   * held any more.
   *
   * Way out: release by the guard that the acquisition gave. After a lost lease, give up its result: another consumer has the
   * item.
   */
  | 'ERR_MP_NOT_OWNER'
  /**
   * A wait that could never end: this thread waits for itself, or each thread of a ring waits for the next.
   *
   * Way out: release what this thread holds, and acquire locks in the same order everywhere. To enter a lock again that the
   * caller holds, use an `RLock`.
   */
  | 'ERR_MP_DEADLOCK'
  /**
   * A party of the barrier left it, ran out of time or died, or somebody called `abort()` or `reset()`.
   *
   * Way out: call `reset()`, then all parties wait again.
   */
  | 'ERR_MP_BROKEN_BARRIER'
  /**
   * The workers of a pool end before they are up, again and again, so the pool has given up.
   *
   * Way out: read `cause` and `stderr` of the error, mend what they say (most often the `init` task, or the module that it is
   * in), and make a new pool.
   */
  | 'ERR_MP_BROKEN_POOL'
  /**
   * A worker ended in the middle of the task. `pid`, `exitCode`, `signal`, `stderr` and `oom` say how.
   *
   * Way out: a task that may run twice is tried again by `retries`, once it is made with `{ idempotent: true }`. If it ran out
   * of memory, give it smaller parts.
   */
  | 'ERR_MP_WORKER_DIED'
  /**
   * An error of another process whose class is not known here. `remoteName` is the name of its class, `remoteCode` its code.
   *
   * Way out: branch on these two; or call `registerClass()` of `@mp/serde` for the class, in a module that both sides import.
   */
  | 'ERR_MP_REMOTE'
  /**
   * A value that cannot be sent, or bytes that are no message. `path` says where in the value.
   *
   * Way out: send plain data. For a function, use `task()`; for an instance of a class, `registerClass()` of `@mp/serde`.
   */
  | 'ERR_MP_SERIALIZATION'
  /**
   * The two ends do not have the same key, a certificate is not trusted, or Redis does not let this user in.
   *
   * Way out: give both ends the same `authKey`, and a client the certificate of the signer: `{ tls: { ca } }`. For Redis, put
   * user and password into the URL.
   */
  | 'ERR_MP_AUTHENTICATION'
  /**
   * A message is longer than the `maxLength` of its receiver, or than the buffer that it was to be written into.
   *
   * Way out: raise `maxLength`, send the message in parts, or send a `SharedMemory` that holds it. A connection on which
   * `maxLength` was exceeded receives nothing more.
   */
  | 'ERR_MP_MESSAGE_TOO_LONG'
  /**
   * The native part of `@mp` is not installed for this platform, or cannot be loaded.
   *
   * Way out: install `@mp/native` where the program runs; in a bundle, mark it external. `mp doctor` says what is missing.
   */
  | 'ERR_MP_NATIVE_MISSING'
  /**
   * This system or this runtime cannot share memory, or the segment directory is not fit for it: others may read it, it keeps no
   * locks, or threads with another backend use it.
   *
   * Way out: run on Linux or macOS, and let `MP_DIR` name a private directory on a local file system. `mp doctor` tries it all.
   */
  | 'ERR_MP_UNSUPPORTED_PLATFORM'
  /**
   * The segment directory, a map with a limit, or the memory of Redis is full. What was there is unharmed.
   *
   * Way out: take something out, or give it more: a larger `/dev/shm` (in Docker `--shm-size`), another `MP_DIR`, a larger
   * `maxBytes`, or `maxmemory` of Redis. `mp ls` shows what takes the space, `mp gc` removes what the dead left.
   */
  | 'ERR_MP_NO_SPACE'
  /**
   * What is there is not what was asked for: another kind, other parameters, another version of the layout or of the protocol;
   * or it is damaged.
   *
   * Way out: ask for it with the same class and options, or use another name; install the same version of `@mp` in all programs.
   * `mp rm` removes what an older version left.
   */
  | 'ERR_MP_MISMATCH'
  /**
   * It was there, and is gone: the file behind a handle was removed, a message was received before, or an object of a manager
   * went with its server or its last reference.
   *
   * Way out: keep the object open until its receiver has it. Of a manager, ask for a new one.
   */
  | 'ERR_MP_STALE'
  /**
   * There is no object of this name, or a manager has no such type or method for its clients.
   *
   * Way out: make it first, or correct the name; the message of a manager lists what it has.
   */
  | 'ERR_MP_NOT_FOUND'
  /**
   * Something has this name already.
   *
   * Way out: open it, or choose another name.
   */
  | 'ERR_MP_EXISTS'
  /**
   * A manager has no place for another client, or this client would go beyond a limit of the server.
   *
   * Way out: let go of what is not needed any more, or raise `limits` where the server is started.
   */
  | 'ERR_MP_LIMIT'
  /**
   * Redis cannot be reached, or was lost in the middle of a call, which it may have done or not.
   *
   * Way out: the site connects again by itself; repeat the call if it may be done twice. If it never gets there, check the URL.
   */
  | 'ERR_MP_DISCONNECTED'
  /**
   * A child starts a process or makes a pool while it still imports the module of its task: its children would do the same,
   * without end.
   *
   * Way out: put what starts things behind `if (isMain(import.meta)) { … }`.
   */
  | 'ERR_MP_UNGUARDED_MAIN'
  /**
   * Another process imports the module of a task and does not find the task there.
   *
   * Way out: define it at the top level of a module that is a file; under a test runner, give it a name:
   * `task(import.meta, f, { name })`.
   */
  | 'ERR_MP_TASK_NOT_FOUND'
  /**
   * The task has another text or other parameters in the other process.
   *
   * Way out: start the program again after an edit of the file. If a loader rewrites the module in only one of the two, move the
   * task to a module that is left alone.
   */
  | 'ERR_MP_TASK_MISMATCH'
  /**
   * A message has an object in it whose package is not installed here.
   *
   * Way out: `npm install` the package that the message names.
   */
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
