import { readdirSync, readFileSync, statSync } from 'node:fs';
import { pageSize } from '@mp/core/internal';

/*
 * What `/proc` says of processes. A process may end between two reads, and belong to a user whose memory map is not for us:
 * then there is nothing to tell.
 */

/** The system counts times in this many parts of a second, whatever the kernel's clock does. */
const TICKS_PER_SECOND = 100;

/** Starts are known by the second of the boot, so two times as near as this may be one. */
const START_SLACK_MS = 2_000;

const STATES: Record<string, string> = {
  R: 'running',
  S: 'sleeping',
  D: 'waiting for the disk',
  T: 'stopped',
  t: 'traced',
  Z: 'zombie',
  X: 'gone',
  I: 'idle',
};

/** One process as the system shows it. */
export interface ProcessFacts {
  readonly pid: number;
  readonly parent: number;
  readonly state: string;
  /** In milliseconds since 1970; to about a second. */
  readonly started: number;
  readonly memory: number;
  readonly command: string;
}

/** @returns `undefined` when there is no such process */
export function factsOf(pid: number): ProcessFacts | undefined {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The name in parentheses may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = STATES[fields[0]] ?? fields[0];
  if (state === 'gone') return undefined;
  return {
    pid,
    parent: Number(fields[1]),
    state,
    started: bootTime() + (Number(fields[19]) * 1000) / TICKS_PER_SECOND,
    memory: Number(fields[21]) * pageSize(),
    command: commandOf(pid, stat),
  };
}

/** Whether a process with these facts can be the one that was there at that time. */
export function wasThereAt({ started }: ProcessFacts, time: number): boolean {
  return started <= time + START_SLACK_MS;
}

function commandOf(pid: number, stat: string): string {
  const line = read(`/proc/${pid}/cmdline`)?.replace(/\0$/, '').replaceAll('\0', ' ');
  // A zombie has none.
  return line || `[${stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'))}]`;
}

let boot: number | undefined;

function bootTime(): number {
  boot ??= Number(/^btime (\d+)$/m.exec(read('/proc/stat') ?? '')?.[1] ?? 0) * 1000;
  return boot;
}

/**
 * Which processes of this user have which files mapped together with others.
 *
 * @param directory where the files are; of one that is gone there are no users
 * @returns pids by inode
 */
export function usersOf(directory: string): Map<number, number[]> {
  const users = new Map<number, number[]>();
  const device = statSync(directory, { throwIfNoEntry: false })?.dev;
  if (device === undefined) return users;
  const before = strangers;
  strangers = new Map();
  for (const pid of ownProcesses()) {
    const size = `${directory} ${sizeOf(pid)}`;
    const isStranger = before.get(pid) === size;
    const inodes = isStranger ? NONE : mappedBy(pid, directory, device);
    if (inodes.size === 0) strangers.set(pid, size);
    for (const inode of inodes) {
      const pids = users.get(inode);
      if (pids === undefined) users.set(inode, [pid]);
      else pids.push(pid);
    }
  }
  return users;
}

/**
 * Processes that had nothing of a directory mapped at the last look, with what they had mapped in all. To list the mappings of a
 * large one takes milliseconds, and its map lock; while the sum is the same, it is not asked again.
 */
let strangers = new Map<number, string>();

const NONE: ReadonlySet<number> = new Set();

/** When a process began, and how many bytes it has mapped: together they change with its first mapping of a segment. */
function sizeOf(pid: number): string | undefined {
  const stat = read(`/proc/${pid}/stat`);
  return stat
    ?.slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(19, 21)
    .join(' ');
}

/** Inodes of the files of the directory that a process has mapped together with others. */
function mappedBy(pid: number, directory: string, device: number): ReadonlySet<number> {
  const name = deviceName(device);
  const inodes = new Set<number>();
  for (const [line, found, inode] of (read(`/proc/${pid}/maps`) ?? '').matchAll(SHARED_MAPPING)) {
    // Some file systems show another device here than `stat` does.
    if (found === name || line.includes(directory)) inodes.add(Number(inode));
  }
  return inodes;
}

const SHARED_MAPPING = /^[0-9a-f]+-[0-9a-f]+ ...s [0-9a-f]+ ([0-9a-f]+:[0-9a-f]+) (\d+).*$/gm;

/** As memory maps write it. */
function deviceName(device: number): string {
  const major = (device >>> 8) & 0xfff;
  const minor = (device & 0xff) | ((device >>> 12) & 0xfff00);
  const hex = (number: number): string => number.toString(16).padStart(2, '0');
  return `${hex(major)}:${hex(minor)}`;
}

function ownProcesses(): number[] {
  const uid = process.getuid?.() ?? 0;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => ownerOf(`/proc/${name}`) === uid)
    .map(Number);
}

function ownerOf(path: string): number | undefined {
  try {
    return statSync(path).uid;
  } catch {
    return undefined;
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
