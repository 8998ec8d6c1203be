import { lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { type Agent, segmentDirectory, sweep, threadState } from '@mp/core/internal';
import { childrenOf, commandOf, isRunning } from './process-tree.js';

/** What this process has from the system at one moment. */
export interface Holdings {
  /** What each open descriptor leads to; the same target may stand there more than once. */
  readonly descriptors: readonly string[];
  readonly children: readonly number[];
}

/** What this process holds now: the measure for {@link leaksSince}. */
export function holdings(): Holdings {
  return { descriptors: openDescriptors(), children: childrenOf() };
}

/**
 * What is there now beyond `before`, and what is in the segment directory that a program which tidied up would not
 * have left. Sweeps first: what dead processes left is nobody's leak as long as the sweep can remove it.
 *
 * @returns one line for each leak; empty = none
 */
export function leaksSince(before: Holdings, directory: string): string[] {
  if (segmentDirectory() !== directory) {
    throw new Error(`Cannot look for leaks in ${directory}: this process uses ${segmentDirectory()}`);
  }
  sweep();
  return [
    ...leakedProcesses(before, directory),
    ...leakedFiles(directory),
    ...leakedDescriptors(before, directory),
  ];
}

/** Processes other than this one that were started below a test of `directory`. */
function leakedProcesses(before: Holdings, directory: string): string[] {
  return straysOf(before, directory).map((pid) => `process ${pid}: ${commandOf(pid)}`);
}

/** The processes behind {@link leakedProcesses}: new children, and orphans that have our directory from us. */
export function straysOf(before: Holdings, directory: string): number[] {
  const children = childrenOf().filter((pid) => !before.children.includes(pid));
  const orphans = readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid && !children.includes(pid))
    .filter((pid) => !before.children.includes(pid) && isRunning(pid) && hasDirectory(pid, directory));
  return [...children, ...orphans];
}

function hasDirectory(pid: number, directory: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(`MP_DIR=${directory}`);
  } catch {
    return false;
  }
}

function leakedFiles(directory: string): string[] {
  const agent = threadState.singletons.get('agent') as Agent | undefined;
  const own = new Set(['.swept', '.native', 't-tokens', `a-${agent?.id}`, `d-${agent?.id}`]);
  return readdirSync(directory)
    .filter((file) => !own.has(file) && !(file.startsWith('p-') && isOurs(`${directory}/${file}`)))
    .map((file) => `file ${file} in the segment directory`);
}

/** Whether this process has the file open or mapped. */
function isOurs(path: string): boolean {
  return openDescriptors().includes(path) || readFileSync('/proc/self/maps', 'latin1').includes(path);
}

function leakedDescriptors(before: Holdings, directory: string): string[] {
  const known = [...before.descriptors];
  const fresh = openDescriptors().filter((target) => {
    const index = known.indexOf(target);
    if (index >= 0) known.splice(index, 1);
    return index < 0;
  });
  return withoutOwn(fresh, directory).map((target) => `descriptor to ${target}`);
}

/**
 * This thread may keep its page, its doorbell and those it is connected to, this process one socket to ring others with and its
 * process lock.
 */
function withoutOwn(targets: readonly string[], directory: string): string[] {
  const agent = threadState.singletons.get('agent') as Agent | undefined;
  const datagrams = unixDatagramSockets();
  let senders = 0;
  return targets.filter((target) => {
    if (target.startsWith(`${directory}/p-`) || target === `${directory}/a-${agent?.id}`) return false;
    const address = datagrams.get(target);
    if (address === undefined) return true;
    if (address === '') return ++senders > 1 + (agent?.bells ?? 0);
    return !address.endsWith(`/d-${agent?.id}`);
  });
}

function openDescriptors(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [presentName(fd, readlinkSync(`/proc/self/fd/${fd}`))];
    } catch {
      // The descriptor of this very listing, or one that another thread closed meanwhile.
      return [];
    }
  });
}

/** A file that got its name by a link is shown with the one that it was made with. */
function presentName(fd: string, target: string): string {
  const folder = /^(.*)\/t-\d+-\d+ \(deleted\)$/.exec(target)?.[1];
  if (folder === undefined) return target;
  const { ino } = statSync(`/proc/self/fd/${fd}`);
  const name = readdirSync(folder).find((file) => lstatSync(`${folder}/${file}`).ino === ino);
  return name === undefined ? target : `${folder}/${name}`;
}

/** Every Unix datagram socket of the machine: its target in /proc/<pid>/fd, and its path, empty without one. */
function unixDatagramSockets(): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of readFileSync('/proc/net/unix', 'utf8').split('\n').slice(1)) {
    // Num RefCount Protocol Flags Type St Inode Path
    const [, , , , type, , inode, path = ''] = line.split(/\s+/);
    if (type === '0002') found.set(`socket:[${inode}]`, path);
  }
  return found;
}
