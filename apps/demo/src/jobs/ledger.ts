import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** How many jobs there are: their numbers go from 1 to `added`. */
export interface Counts {
  added: number;
  /** Those up to this number were put into the queue. */
  queued: number;
}

/** How many jobs have which outcome. */
export interface Outcomes {
  done: number;
  failed: number[];
}

/**
 * What is known of the jobs on disk. Each file appears whole, in one step, so that a kill leaves nothing half written.
 *
 * | file | |
 * | --- | --- |
 * | `jobs.json` | the {@link Counts} |
 * | `outcome/<id>` | what became of a job: `done <result>`, or `failed <reason>` |
 * | `part/…` | files that are being written |
 */
export class Ledger {
  readonly #counts: string;
  readonly #outcome: string;
  readonly #part: string;

  constructor(readonly directory: string) {
    this.#counts = join(directory, 'jobs.json');
    this.#outcome = join(directory, 'outcome');
    this.#part = join(directory, 'part');
  }

  /** Whether jobs were ever added here. */
  get exists(): boolean {
    return existsSync(this.#counts);
  }

  /** Makes an empty one where there is none. */
  create(): void {
    for (const folder of [this.#outcome, this.#part]) mkdirSync(folder, { recursive: true });
    if (!this.exists) this.counts = { added: 0, queued: 0 };
  }

  get counts(): Counts {
    return JSON.parse(readFileSync(this.#counts, 'utf8')) as Counts;
  }

  /** Only for the holder of the lock. */
  set counts(counts: Counts) {
    const part = join(this.#part, 'jobs.json');
    writeFileSync(part, JSON.stringify(counts));
    renameSync(part, this.#counts);
  }

  /**
   * Records what became of a job, once: a link cannot be made where a file is already.
   *
   * @returns `false` when the job has an outcome; that one stays
   */
  record(id: number, outcome: string): boolean {
    const part = join(this.#part, `${id}-${process.pid}`);
    writeFileSync(part, `${outcome}\n`);
    try {
      linkSync(part, this.#file(id));
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    } finally {
      rmSync(part, { force: true });
    }
  }

  has(id: number): boolean {
    return existsSync(this.#file(id));
  }

  outcomeOf(id: number): string {
    return readFileSync(this.#file(id), 'utf8').trimEnd();
  }

  /** The jobs that have an outcome. */
  ids(): number[] {
    return readdirSync(this.#outcome)
      .map(Number)
      .sort((a, b) => a - b);
  }

  outcomes(): Outcomes {
    const ids = this.ids();
    const failed = ids.filter((id) => this.outcomeOf(id).startsWith('failed '));
    return { done: ids.length - failed.length, failed };
  }

  /** Removes its own files, and the directory if nothing else is in it. */
  remove(): void {
    for (const folder of [this.#outcome, this.#part]) rmSync(folder, { recursive: true, force: true });
    rmSync(this.#counts, { force: true });
    try {
      rmdirSync(this.directory);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
    }
  }

  #file(id: number): string {
    return join(this.#outcome, String(id));
  }
}
