/**
 * The whole native surface of @mp. It holds mechanism only: which file means what, who owns a word and when to
 * wait is decided in `@mp/core`. Every function checks its arguments and throws `TypeError` or `RangeError` on
 * bad ones; a failing system call throws an `Error` with `code` (`'ENOSPC'`), `errno`, `syscall` and `path`. Paths are
 * absolute and shorter than 4092 bytes.
 */

/** How a mapping locks its file: `SHARED` = "in use", `EXCLUSIVE` = "the one that lives here", `NONE` = a look. */
export declare const LOCK_NONE: 0;
export declare const LOCK_SHARED: 1;
export declare const LOCK_EXCLUSIVE: 2;

/** What happens to the file when the mapping ends (detach, garbage collection, end of the thread or process). */
export declare const KEEP: 0;
/** Remove the file if it is not in use elsewhere and no hard link pins it; see {@link remove}. */
export declare const REMOVE_WHEN_LAST: 1;
/** Unlink the file before unmapping, also if others look at it. */
export declare const UNLINK: 2;
/** Like {@link REMOVE_WHEN_LAST}, unless the file is to stay; see {@link removeLeft}. */
export declare const REMOVE_IF_LEFT: 3;

/**
 * Makes a segment that is whole from its first moment: an unnamed file, locked, reserved on disk, filled with
 * `initial` (zero beyond), then linked at `path`. Where the file system knows no unnamed files it is `t-<pid>-<n>`
 * until then; a process that is killed in between leaves that name behind, unlocked: {@link remove} takes it away. So it is
 * everywhere with the backend `'posix'`, which also keeps a descriptor open as long as the mapping lives.
 *
 * @param path absolute path of the new file (mode 0600)
 * @param size bytes, 1 to 2^40; rounded up to whole pages by the mapping
 * @param lock `LOCK_SHARED` or `LOCK_EXCLUSIVE`, held as long as the mapping lives
 * @param atEnd `KEEP`, `REMOVE_WHEN_LAST`, `UNLINK` or `REMOVE_IF_LEFT`
 * @param initial the first bytes; at most `size`
 * @param reserve false: only the first bytes are reserved. That takes no time, and a later touch of a page that the
 *   file system cannot hold ends the process with SIGBUS. Default: true
 * @returns the mapped bytes (byteLength = size), or `undefined` when `path` exists already
 * @throws `ENOSPC` when the file system cannot hold it: never a SIGBUS later; `ERR_BUFFER_TOO_LARGE` when this Node
 *   cannot hold it in one buffer (more than 4 GiB on Node 20, 32 GiB and more on Node 26.0 to 26.8)
 */
export declare function create(
  path: string,
  size: number,
  lock: number,
  atEnd: number,
  initial: Uint8Array,
  reserve?: boolean,
): ArrayBuffer | undefined;

/**
 * Maps an existing segment. Waits for a remover in progress (never long), then makes sure that the file it
 * locked is still the one at `path`. Finishes the removal that a killed remover began.
 *
 * @param lock `LOCK_SHARED` or `LOCK_NONE`
 * @param from first byte that is mapped: a multiple of {@link pageSize}. Default: 0
 * @param to before which byte the mapping ends. Default: the end of the file
 * @returns the mapped bytes, or `undefined` when there is no such file (an empty file also counts as none), or it ends
 *   before `from`
 * @throws `EBUSY` when it is held exclusively for 5 s: no remover does; `EINVAL` when it is no regular file
 */
export declare function attach(
  path: string,
  lock: number,
  atEnd: number,
  from?: number,
  to?: number,
): ArrayBuffer | undefined;

/**
 * Detaches a buffer of {@link create} or {@link attach} and unmaps its pages; every view of it has length 0 from now
 * on. A buffer whose pages were moved away by `buffer.transfer()` is refused: they go with their new owner.
 *
 * @param atEnd replaces what was asked for at `create` or `attach`
 */
export declare function detach(buffer: ArrayBuffer, atEnd: number): void;

/**
 * Removes a segment file that is not in use and that no hard link pins, with its satellites (`<path>+<anything>`).
 * A satellite that is itself a pin (another hard link of a file that lives on) is unlinked, and the file that it
 * pinned, whose name stands in its header, is removed too if that pin was its last use. The satellites go first, so
 * that a process that makes the file anew does not lose its own; until they are gone the header is marked `MPS0`.
 *
 * @returns whether the file is gone now (also when it was not there)
 */
export declare function remove(path: string): boolean;

/**
 * Like {@link remove}, but a file stays when it is no segment, or has a user's name and its header does not say that it
 * goes with its last user all the same.
 */
export declare function removeLeft(path: string): boolean;

/**
 * How the system is used: `'linux'` by what Linux alone has, `'posix'` by what macOS has, too. In the one a thread that blocks
 * sleeps by {@link futexWait}, in the other by {@link doorbellWait}; agents of one directory must all have the same.
 */
export declare function backend(): 'linux' | 'posix';

/**
 * The file system in which `path` lies, as the system calls it: `'tmpfs'`, `'ext4'`, `'nfs'`, `'apfs'` …; `''` = not known.
 */
export declare function fileSystem(path: string): string;

/** Bytes of a page of memory on this machine. */
export declare function pageSize(): number;

/** @returns 0 = no such file, 1 = it is not held exclusively, 2 = its owner lives */
export declare function probe(path: string): 0 | 1 | 2;

/**
 * Sleeps in the kernel until the word at `byteOffset` is woken: one slice, at most `milliseconds`. The backend `'posix'` has
 * no such sleep: there it throws `ENOSYS`.
 *
 * @param expected sleep only while the word has this value
 * @param milliseconds 0 to 1000 (fractions allowed)
 * @returns 0 = woken (or a signal came), 1 = time ran out, 2 = the word had another value
 */
export declare function futexWait(
  buffer: ArrayBuffer,
  byteOffset: number,
  expected: number,
  milliseconds: number,
): 0 | 1 | 2;

/** Wakes up to `count` sleepers of {@link futexWait} at the word, in any process. @returns how many */
export declare function futexWake(buffer: ArrayBuffer, byteOffset: number, count: number): number;

/**
 * Binds this thread's doorbell, a datagram socket at `path` (mode 0600), to its event loop. One per thread: a second
 * call throws `ERR_INVALID_STATE`, and a path that exists throws `EADDRINUSE`.
 * Each ring first takes a message for a wait of a line, if there is one, see {@link lineControl}. Then `onRing` runs (through `napi_make_callback`, so that promises settle), and when what awaited those promises
 * has run, `afterRing`: for what can wait until then. That one must settle no promise.
 * The doorbell starts unreferenced: it does not keep the loop alive. Its file goes with the thread.
 */
export declare function doorbellOpen(path: string, onRing: () => void, afterRing: () => void): void;

/** Whether the doorbell keeps the event loop alive. Throws `ERR_INVALID_STATE` before {@link doorbellOpen}. */
export declare function doorbellRef(on: boolean): void;

/**
 * Blocks the thread at its doorbell until that is rung, or a signal comes: one slice, at most `milliseconds`. It takes one
 * ring out of the socket, which the event loop then does not find, and calls nothing.
 *
 * @param expected sleep only while the word at `byteOffset` has this value
 * @param milliseconds 0 to 1000; the backend `'posix'` rounds a fraction up
 * @returns 0 = rung (or a signal came), 1 = time ran out, 2 = the word had another value
 * @throws `ERR_INVALID_STATE` before {@link doorbellOpen}
 */
export declare function doorbellWait(
  buffer: ArrayBuffer,
  byteOffset: number,
  expected: number,
  milliseconds: number,
): 0 | 1 | 2;

/** The longest path of a doorbell, in bytes: 4091, or 103 with the backend `'posix'`. */
export declare function doorbellPathMost(): number;

/**
 * Rings the doorbell at `path`. Never blocks.
 * @returns `false` when nobody listens there (no such file, or its owner is gone); a full socket counts as rung
 */
export declare function ring(path: string): boolean;

declare const bell: unique symbol;
/** A doorbell of another thread that is rung often, see {@link bellOpen}. It closes itself when it is collected. */
export interface Bell {
  readonly [bell]: never;
}

/**
 * Connects to the doorbell at `path`: {@link bellRing} then saves the system the search for it, and this program that for
 * its path. Takes a descriptor.
 *
 * @returns `undefined` when nobody listens there
 */
export declare function bellOpen(path: string): Bell | undefined;

/**
 * Rings like {@link ring}. Throws `ERR_INVALID_STATE` after {@link bellClose}.
 *
 * @returns `false` when its owner is gone
 */
export declare function bellRing(bell: Bell): boolean;

/** Gives the descriptor back. Safe to call again. */
export declare function bellClose(bell: Bell): void;

/**
 * The lines of messages of this thread: what `record-ring.ts` and `waiter-table.ts` of `@mp/core` do with one, store for
 * store, for the case that is usual when messages are rare: one thread waits and sleeps, and the ring is empty. In every
 * other case a function changes nothing and says so. `short-way.ts` there has the layout of the words in `control`.
 *
 * A queue is a line, too: what is sent and what is received is one ring, and each side of it is changed under its latch.
 *
 * @param page of this thread's agent: its words `RUNG` and `MODE` are at `byteOffset`
 * @param control 260 words that both sides read and write, for the life of the thread. A second call throws `ERR_INVALID_STATE`
 */
export declare function lineControl(page: ArrayBuffer, byteOffset: number, control: Int32Array): void;

/**
 * Opens one end of a line, until {@link lineClose}, or {@link detach} of its segment.
 *
 * @param segment one of {@link create} or {@link attach}
 * @param places words in it: control lines and ring 0 of what is sent, the same of what is received, bytes of each ring 0, the
 * waiter tables of those that wait for messages here, there, and for space there, entries of each table, the word that is 0
 * when the other end was closed (0 = none), the agent of this thread; of a queue the latches of put and get, and the words that
 * say that it was shut down, what is ready beside the ring, and what is leased, else five times 0
 * @param bytes where messages are put
 * @returns its number, or -1: there are 256 already
 */
export declare function lineOpen(segment: ArrayBuffer, places: Int32Array, bytes: Uint8Array): number;

/** Ends a line. For one that is not open it does nothing. */
export declare function lineClose(line: number): void;

/**
 * Sends a record and rings the agent that waits for it, if that is known by {@link peerKnow}.
 *
 * @param length how many of `bytes` it has
 * @param flags 31 bits that travel with it
 * @returns bits: 0 = nothing was done, 1 = sent, 2 = but nobody was rung, 4 = a wake may be due for those that wait for space,
 * 8 = the latch of a queue is held yet, and when the record was sent, all that comes behind its commit is to be done
 */
export declare function lineSend(line: number, bytes: Uint8Array, length: number, flags: number): number;

/** Rings the agent that waits for what was sent, if it is known. @returns whether it was rung */
export declare function lineWake(line: number): boolean;

/**
 * Enters the waiter table, announces that, and looks at the ring once more.
 *
 * @param told whether the wait only wants to know that there is something
 * @returns the entry, which then stands in `control` too; below 0 when something has come meanwhile; 0 = not entered: there is
 * something to receive, or no place
 */
export declare function lineEnter(line: number, told: boolean): number;

/**
 * Blocks the thread as {@link futexWait} does at its agent's word, as `mode` meanwhile, and takes a message for the wait whose
 * entry stands in `control`.
 *
 * @param milliseconds 0 to 1000
 * @returns 0 = not rung, 1 = rung, 2 = rung, and a message was taken, or there is something to do, as `control` says
 * @throws `ENOSYS` with the backend `'posix'`
 */
export declare function lineSleep(line: number, mode: number, milliseconds: number): 0 | 1 | 2;

/**
 * An agent that is rung again and again, for {@link lineSend} and {@link lineWake}. Until {@link peerForget}, or
 * {@link detach} of its page. Of two that would take the same place the second is left out.
 *
 * @param page with its words `RUNG` and `MODE` at `byteOffset`
 * @param path of its doorbell, which is rung if it comes to its event loop just when it was to be woken where it blocks
 * @param bell of its event loop; without one it is rung only where it blocks
 */
export declare function peerKnow(
  agent: number,
  page: ArrayBuffer,
  byteOffset: number,
  path: string,
  bell?: Bell,
): void;

/** The end of {@link peerKnow}. For an agent that is not known it does nothing. */
export declare function peerForget(agent: number): void;

/**
 * Makes, once per process, a file of which this process holds the exclusive lock until it ends, in whatever way.
 * Later calls answer the first path, whatever they ask for.
 *
 * @returns the path of the lock file
 * @throws `EEXIST` when there is a file at `path` already
 */
export declare function processLock(path: string): string;

/**
 * Watches the process lock of the parent on a small thread of its own. When the parent is dead `onDeath` runs on
 * the event loop of this thread; after `graceMilliseconds` the process ends with `_exit(exitCode)`, wherever its
 * JavaScript is. A missing file means a dead parent. At most once per process, be it from a worker thread: a second
 * call throws `ERR_INVALID_STATE`. The thread keeps nothing alive, and goes on when the environment that asked ends.
 */
export declare function watchParent(
  path: string,
  graceMilliseconds: number,
  exitCode: number,
  onDeath: () => void,
): void;

/**
 * Sees to it that a child of this process is waited for if this environment, a worker's, ends before it: libuv waits for it
 * by the loop of this thread only, and it would stay a zombie. On a kernel without `pidfd_open` (Linux before 5.3, macOS) it does nothing.
 */
export declare function childStarted(pid: number): void;

/** The other half of {@link childStarted}: libuv has waited for the child. For a child that is not known it does nothing. */
export declare function childEnded(pid: number): void;

/** Whether a child of this process has ended, also before libuv has waited for it. Of a process that is no child: true. */
export declare function childHasEnded(pid: number): boolean;

/** What a socket can be watched and waited for, as a mask. A connection that failed or ended is both. */
export declare const READABLE: 1;
export declare const WRITABLE: 2;

declare const SOCKET: unique symbol;

/** A stream socket, connected or listening. It is closed with its environment, or when nobody can reach it any more. */
export interface Socket {
  readonly [SOCKET]: never;
}

/**
 * A socket with a descriptor of its own for the connection behind `descriptor`, whose present owner can close its own.
 * Reading and writing never wait.
 *
 * @param onReady called on the event loop (through `napi_make_callback`, so that promises settle) again and again while
 *   something is there that {@link socketWatch} asked for
 * @throws `ENOTSOCK` when it is no stream socket, `EBADF`, `EMFILE`
 */
export declare function socketOpen(descriptor: number, onReady: () => void): Socket;

/**
 * Takes a listening socket away from the present owner of `descriptor`. The owner keeps a descriptor that is never ready:
 * it accepts nothing any more, and can close what it has. `READABLE` says that a connection waits to be accepted.
 *
 * @param onReady as for {@link socketOpen}
 * @throws `ENOTSOCK` when it is no stream socket, `EINVAL` when it does not listen, `EBADF`, `EMFILE`; the owner then
 *   keeps the socket
 */
export declare function socketListen(descriptor: number, onReady: () => void): Socket;

/**
 * Accepts the next connection of a socket of {@link socketListen}.
 *
 * @param onReady as for {@link socketOpen}, for the new socket
 * @returns `undefined` when none waits now
 * @throws `EMFILE`, `ENFILE`, `ENOBUFS`, `ENOMEM`: the connection stays in the kernel's queue
 */
export declare function socketAccept(socket: Socket, onReady: () => void): Socket | undefined;

/** From where a TCP connection comes; `undefined` for a Unix socket, and when it has ended. */
export declare function socketPeer(socket: Socket): { host: string; port: number } | undefined;

/**
 * Reads into `bytes` from index `from` to before `to`: what is there now.
 *
 * @returns how many bytes; 0 = the other end has closed, and everything was read; −1 = nothing is there now
 * @throws `ECONNRESET` and the like; `EBADF` after {@link socketClose}, as all functions of a socket
 */
export declare function socketRead(socket: Socket, bytes: Uint8Array, from: number, to: number): number;

/**
 * Writes `bytes` from index `from` to before `to`: what the kernel has room for now.
 *
 * @returns how many bytes; −1 = there is no room now
 * @throws `EPIPE` or `ECONNRESET` when the other end is gone. No signal is raised
 */
export declare function socketWrite(socket: Socket, bytes: Uint8Array, from: number, to: number): number;

/**
 * Sets what `onReady` is called for: a mask of `READABLE` and `WRITABLE`; 0 = nothing.
 *
 * @param keepsAlive whether that keeps the event loop alive
 */
export declare function socketWatch(socket: Socket, events: number, keepsAlive: boolean): void;

/**
 * Ends a TCP connection in both directions, as if the other end had closed it, when something was sent and the other machine
 * has answered nothing for so long. A receiver that only reads slowly does answer.
 *
 * @param milliseconds 0 to 3,600,000
 * @returns whether it did; `false` for other sockets, and with the backend `'posix'`, where the system itself ends such a
 *   connection some time later
 */
export declare function socketEndIfSilent(socket: Socket, milliseconds: number): boolean;

/**
 * Blocks the thread until one of `events` is there: one slice, at most `milliseconds`. A signal ends it early.
 *
 * @param milliseconds 0 to 1000 (fractions allowed)
 * @returns the mask of those that are there, 0 = none
 */
export declare function socketWait(socket: Socket, events: number, milliseconds: number): number;

/** Closes the descriptor, at once. Safe to call again. */
export declare function socketClose(socket: Socket): void;
