import { lstatSync, mkdirSync, readlinkSync, symlinkSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join, normalize } from 'node:path';
import * as native from '@mp/native';
import { MpError } from './errors.ts';
import { threadState } from './thread-state.ts';

/** File systems that keep the lock of a mapped file, as is known. */
const LOCAL = new Set(['tmpfs', 'ext4']);
/** File systems of other machines, which share no memory. */
const REMOTE = new Set([
  'nfs',
  'fuse',
  'smb',
  'smb2',
  'cifs',
  '9p',
  'smbfs',
  'afpfs',
  'webdav',
  'macfuse',
  'osxfuse',
]);

/** A path ends at 4096 bytes, that of a socket sooner. Names of files are to follow; this is that of a doorbell. */
const LONGEST_NAME = '/d-1073741823';
const PATH_MOST = 3800;

/** A symbolic link, which leads to the backend and the size of pages of those that use a directory. */
const MARK = '.native';

/**
 * The private directory that holds every segment of this user: `$MP_DIR`, else `/dev/shm/mp-<uid>`, else the
 * temporary directory; on macOS `/tmp/mp-<uid>`. A child is told by its parent, so that both always mean the same one.
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
  // The last one for a machine without the native part, which is asked for the usual ones.
  let path = asked || join(tmpdir(), ownName());
  try {
    if (asked) {
      path = checkAsked(asked);
    } else {
      const [usual, ...others] = usualPaths();
      path = [usual, ...others].find(isThere) ?? usual;
    }
    if (!isThere(path)) return { path, exists: false };
    check(path);
    checkMark(path, targetOf(path));
    return { path, exists: true };
  } catch (error) {
    // It may have gone meanwhile.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { path, exists: false };
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
  const { platform } = process;
  if (platform !== 'linux' && platform !== 'darwin') {
    throw new MpError(
      'ERR_MP_UNSUPPORTED_PLATFORM',
      `Cannot share memory on ${platform}: this version runs on Linux and macOS only`,
    );
  }
  const asked = process.env.MP_DIR;
  if (asked !== undefined && asked !== '') return prepare(checkAsked(asked));
  const [usual, other] = usualPaths();
  try {
    return prepare(usual);
  } catch (error) {
    // Some systems have no /dev/shm, or one that this user may not write to.
    if ((error as MpError).cause === undefined || other === undefined) throw error;
    return prepare(other);
  }
}

function checkAsked(asked: string): string {
  if (!isAbsolute(asked)) refuse(asked, 'the path in MP_DIR must be absolute');
  const most = Math.min(PATH_MOST, native.doorbellPathMost() - LONGEST_NAME.length);
  if (Buffer.byteLength(asked) > most) refuse(asked, `the path in MP_DIR is longer than ${most} bytes`);
  // Without a slash at its end, which would have a link followed.
  return normalize(asked).replace(/(?<=.)\/$/, '');
}

function usualPaths(): [usual: string, ...others: string[]] {
  const name = ownName();
  // Not the temporary directory of macOS: its path is long, and sockets are to lie in it.
  if (native.backend() === 'posix') return [`/tmp/${name}`];
  return [`/dev/shm/${name}`, join(tmpdir(), name)];
}

function ownName(): string {
  return `mp-${ownUid()}`;
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
  const system = check(path);
  markAsOurs(path);
  if (!LOCAL.has(system)) proveLocks(path);
  return path;
}

/** @returns its file system */
function check(path: string): string {
  const uid = ownUid();
  const found = lstatSync(path);
  if (found.isSymbolicLink() || !found.isDirectory()) refuse(path, 'it is not a directory');
  if (found.uid !== uid) refuse(path, `it belongs to user ${found.uid}, not to ${uid}`);
  if ((found.mode & 0o077) !== 0) {
    refuse(path, `others may enter it (mode ${(found.mode & 0o777).toString(8)}); chmod it to 700`);
  }
  const system = native.fileSystem(path).toLowerCase();
  if (REMOTE.has(system)) {
    const name = system.toUpperCase();
    refuse(path, `${name} does not share memory between processes; set MP_DIR to a local directory`);
  }
  return system;
}

/** Every process that uses a directory leaves its mark, and takes none with another one. */
function markAsOurs(directory: string): void {
  checkMark(directory, targetOf(directory) ?? madeMark(directory));
}

/**
 * Threads with different backends cannot wake each other, and where bytes of the user begin depends on the size of a page:
 * processes for two processors on one Mac have two.
 */
function checkMark(directory: string, found: string | undefined): void {
  if (found !== undefined && found !== ownMark())
    refuse(
      directory,
      `processes with ${found} use it, and this one has ${ownMark()}; set MP_DIR to another one`,
    );
}

function ownMark(): string {
  return `${native.backend()}-${native.pageSize()}`;
}

/** @returns the mark of a directory; `undefined` = it has none */
function targetOf(directory: string): string | undefined {
  try {
    return readlinkSync(`${directory}/${MARK}`);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    return refuse(directory, `its mark ${MARK} cannot be read: ${message}. Remove that file, or set MP_DIR`);
  }
}

/** A link is whole from its first moment, and only one is made. @returns the mark that is there now */
function madeMark(directory: string): string | undefined {
  try {
    symlinkSync(ownMark(), `${directory}/${MARK}`);
  } catch {
    // Another process was first; or nothing can be made here, as the first segment will say.
  }
  return targetOf(directory);
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
