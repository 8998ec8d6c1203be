import { lstatSync, readdirSync } from 'node:fs';
import { MpError } from '@mp/core';
import { type Broom, lookForDirectory, removing, sweepBy } from '@mp/core/internal';
import { leftover, leftoversIn } from './leftovers.ts';
import { usersOf } from './processes.ts';
import type { LeftoverReport, Removal, SnapshotOptions } from './report.ts';

/** What {@link gc} may be told. */
export interface GcOptions extends SnapshotOptions {
  /** Whether it only tells what it would remove. That is what `/proc` shows; the kernel is asked only by a removal. */
  dryRun?: boolean;
}

/**
 * Removes what only the dead left: agents and doorbells of dead threads, segments that nobody uses and no message mentions,
 * their satellites. It is the sweep that the main process of every program runs now and then, so nothing that is in use, and
 * nothing with a name that stays, is touched.
 *
 * @param options `dryRun` to see what it would do; `directory` for another one
 * @returns the files; none when there is no such directory
 * @throws MpError `ERR_MP_UNSUPPORTED_PLATFORM` when the directory is not ours
 *
 * @example
 * ```js
 * import { gc } from '@mp/cli';
 *
 * console.log(gc({ dryRun: true }).files.length);
 * ```
 */
export function gc({ dryRun = false, directory: asked }: GcOptions = {}): Removal {
  const { path: directory, exists, problem } = lookForDirectory(asked);
  if (problem !== undefined) throw new MpError('ERR_MP_UNSUPPORTED_PLATFORM', problem);
  const files = !exists ? [] : dryRun ? seen(directory) : removed(directory);
  return { dryRun, directory, files, bytes: files.reduce((sum, { size }) => sum + size, 0) };
}

function seen(directory: string): LeftoverReport[] {
  const files = readdirSync(directory);
  return leftoversIn(directory, files, usersOf(directory));
}

function removed(directory: string): LeftoverReport[] {
  const sizes = new Map<string, number>();
  const sizing = new Noting(directory, removing(directory), sizes);
  return sweepBy(directory, sizing).map((file) => leftover(file, sizes.get(file) ?? 0));
}

/** Notes how large a file is before it goes. */
class Noting implements Broom {
  readonly #directory: string;
  readonly #broom: Broom;
  readonly #sizes: Map<string, number>;

  constructor(directory: string, broom: Broom, sizes: Map<string, number>) {
    this.#directory = directory;
    this.#broom = broom;
    this.#sizes = sizes;
  }

  unlink(file: string): boolean {
    return this.#noted(file).unlink(file);
  }

  remove(file: string): boolean {
    return this.#noted(file).remove(file);
  }

  removeLeft(file: string): boolean {
    return this.#noted(file).removeLeft(file);
  }

  #noted(file: string): Broom {
    const stats = lstatSync(`${this.#directory}/${file}`, { throwIfNoEntry: false });
    // Another name of it stays, or was counted.
    this.#sizes.set(file, stats?.nlink === 1 ? stats.size : 0);
    return this.#broom;
  }
}
