import { lstatSync, mkdirSync, statfsSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join, normalize } from 'node:path';
import * as native from '@mp/native';
import { MpError } from './errors.ts';
import { threadState } from './thread-state.ts';

/** File systems, by the magic number `statfs` answers with. */
const TMPFS = 0x01021994;
const EXT4 = 0xef53;
const REMOTE = new Map([
  [0x6969, 'NFS'],
  [0x65735546, 'FUSE'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
]);

/** Bytes of its path: names of files are to follow, and a path ends at 4096. */
const PATH_MOST = 3800;

/**
 * The private directory that holds every segment of this user: `$MP_DIR`, else `/dev/shm/mp-<uid>`, else the
 * temporary directory. A child is told by its parent, so that both always mean the same one.
 *
 * @returns its absolute path
 * @throws MpError `ERR_MP_UNSUPPORTED_PLATFORM` when it is not ours alone, or cannot keep locks
 */
export function segmentDirectory(): string {
  threadState.directory ??= findDirectory();
  return threadState.directory;
}

/** Where segments are, or would be. */
export interface FoundDirectory {
  readonly path: string;
  /** Whether there is anything at the path. */
  readonly exists: boolean;
  /** Why it could not be used. */
  readonly problem?: string;
}

/**
 * The directory that {@link segmentDirectory} would use, without making it.
 *
 * @param asked what stands for `$MP_DIR`
 */
export function lookForDirectory(asked = threadState.directory ?? process.env.MP_DIR): FoundDirectory {
  const path = asked === undefined || asked === '' ? usualPaths().find(isThere) : asked;
  if (path === undefined) return { path: usualPaths()[0], exists: false };
  try {
    const checked = asked === path ? checkAsked(path) : path;
    if (!isThere(checked)) return { path: checked, exists: false };
    check(checked);
    return { path: checked, exists: true };
  } catch (error) {
    return { path, exists: true, problem: (error as Error).message };
  }
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** The path of a file of the segment directory. */
export function pathOf(file: string): string {
  return `${segmentDirectory()}/${file}`;
}

function findDirectory(): string {
  if (process.platform !== 'linux') {
    throw new MpError(
      'ERR_MP_UNSUPPORTED_PLATFORM',
      `Cannot share memory on ${process.platform}: this version runs on Linux only`,
    );
  }
  const asked = process.env.MP_DIR;
  if (asked !== undefined && asked !== '') return prepare(checkAsked(asked));
  const [usual, other] = usualPaths();
  try {
    return prepare(usual);
  } catch (error) {
    // Some systems have no /dev/shm, or one that this user may not write to.
    if ((error as MpError).cause === undefined) throw error;
    return prepare(other);
  }
}

function checkAsked(asked: string): string {
  if (!isAbsolute(asked)) refuse(asked, 'the path in MP_DIR must be absolute');
  if (Buffer.byteLength(asked) > PATH_MOST)
    refuse(asked, `the path in MP_DIR is longer than ${PATH_MOST} bytes`);
  // Without a slash at its end, which would have a link followed.
  return normalize(asked).replace(/(?<=.)\/$/, '');
}

function usualPaths(): [string, string] {
  const name = `mp-${ownUid()}`;
  return [`/dev/shm/${name}`, join(tmpdir(), name)];
}

function ownUid(): number {
  return process.getuid?.() ?? 0;
}

function prepare(path: string): string {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
      refuse(path, 'it is not there, and cannot be made', error);
  }
  const type = check(path);
  if (type !== TMPFS && type !== EXT4) proveLocks(path);
  return path;
}

/** @returns its type of file system */
function check(path: string): number {
  const uid = ownUid();
  const found = lstatSync(path);
  if (found.isSymbolicLink() || !found.isDirectory()) refuse(path, 'it is not a directory');
  if (found.uid !== uid) refuse(path, `it belongs to user ${found.uid}, not to ${uid}`);
  if ((found.mode & 0o077) !== 0) {
    refuse(path, `others may enter it (mode ${(found.mode & 0o777).toString(8)}); chmod it to 700`);
  }
  const type = Number(statfsSync(path).type);
  const remote = REMOTE.get(type);
  if (remote !== undefined) refuse(path, `${remote} does not share memory between processes`);
  return type;
}

/** Some file systems drop a file's lock with its descriptor though it is still mapped (overlayfs does). */
function proveLocks(directory: string): void {
  const path = `${directory}/t-${process.pid}-${Math.random().toString(36).slice(2)}`;
  const buffer = native.create(path, 4096, native.LOCK_SHARED, native.UNLINK, new Uint8Array(0));
  if (buffer === undefined) return;
  const kept = !native.remove(path);
  native.detach(buffer, native.UNLINK);
  if (!kept) refuse(directory, 'its file system forgets the lock of a mapped file; set MP_DIR to a tmpfs');
  try {
    unlinkSync(path);
  } catch {
    // The finalizer was first.
  }
}

function refuse(path: string, why: string, cause?: unknown): never {
  const reason = cause instanceof Error ? `: ${cause.message}` : '';
  throw new MpError(
    'ERR_MP_UNSUPPORTED_PLATFORM',
    `Cannot use ${JSON.stringify(path)} for shared memory: ${why}${reason}`,
    cause === undefined ? undefined : { cause },
  );
}
