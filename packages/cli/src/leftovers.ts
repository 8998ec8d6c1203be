import { lstatSync } from 'node:fs';
import {
  type Broom,
  FLAG_NAMED,
  FLAG_TRANSIENT,
  H_FLAGS,
  H_MAGIC,
  HEADER_BYTES,
  lookAt,
  MAGIC,
  sweepBy,
} from '@mp/core/internal';
import type { LeftoverReport } from './report.ts';

/** Pids by inode: which processes have which file mapped. */
export type Users = ReadonlyMap<number, readonly number[]>;

/**
 * What a sweep would remove: its table of rules, with what `/proc` shows instead of locks.
 *
 * @param files what is in the directory; listed before `users`, because a new file is mapped before it has a name
 */
export function leftoversIn(directory: string, files: readonly string[], users: Users): LeftoverReport[] {
  const found: LeftoverReport[] = [];
  sweepBy(directory, new LookingBroom(directory, users, found), files);
  return found;
}

/** Removes nothing, and remembers what it would have removed. */
class LookingBroom implements Broom {
  readonly #directory: string;
  readonly #users: Users;
  readonly #found: LeftoverReport[];
  /** By inode: names that would be gone, so that a pinned segment goes with its last pin. */
  readonly #gone = new Map<number, number>();

  constructor(directory: string, users: Users, found: LeftoverReport[]) {
    this.#directory = directory;
    this.#users = users;
    this.#found = found;
  }

  unlink(file: string): boolean {
    const stats = this.#statsOf(file);
    if (stats === undefined || stats.isDirectory()) return false;
    this.#gone.set(stats.ino, (this.#gone.get(stats.ino) ?? 0) + 1);
    this.#found.push(leftover(file, stats.nlink === 1 ? stats.size : 0));
    return true;
  }

  remove(file: string): boolean {
    const stats = this.#statsOf(file);
    if (!stats?.isFile() || this.#users.has(stats.ino)) return false;
    if (stats.nlink - (this.#gone.get(stats.ino) ?? 0) > 1) return false;
    this.#found.push(leftover(file, stats.size));
    return true;
  }

  removeLeft(file: string): boolean {
    const words = lookAt(this.#directory, file, HEADER_BYTES)?.words;
    if (words?.[H_MAGIC] !== MAGIC) return false;
    const flags = words[H_FLAGS];
    return ((flags & FLAG_NAMED) === 0 || (flags & FLAG_TRANSIENT) !== 0) && this.remove(file);
  }

  #statsOf(file: string) {
    return lstatSync(`${this.#directory}/${file}`, { throwIfNoEntry: false });
  }
}

/** What the names of files say. */
const KINDS: readonly [RegExp, string][] = [
  [/^a-\d+$/, 'agent'],
  [/^a-\d+\+/, 'socket'],
  [/^d-/, 'doorbell'],
  [/^p-/, 'process lock'],
  [/\+/, 'satellite'],
  [/^[sn]-/, 'segment'],
];

export function leftover(file: string, size: number): LeftoverReport {
  const what = KINDS.find(([names]) => names.test(file))?.[1] ?? 'half-made file';
  return { file, what, size };
}
