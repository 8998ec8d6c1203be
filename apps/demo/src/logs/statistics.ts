import { defineManager } from '@mp/manager';

/** What the logs of one package have together. */
export interface PackageLogs {
  files: number;
  lines: number;
  entries: number;
}

/** How far a run is. */
export interface Snapshot {
  files: number;
  packages: number;
  entries: number;
  /** The package with the most entries so far. */
  largest: string | undefined;
  isOver: boolean;
}

/** What is known of each package, in a process of its own: for the workers of this run, and for other programs. */
class Statistics {
  readonly #packages = new Map<string, PackageLogs>();
  #files = 0;
  #isOver = false;
  #listeners: (() => void)[] = [];

  add(name: string, lines: number, entries: number): void {
    const logs = this.#packages.get(name) ?? { files: 0, lines: 0, entries: 0 };
    this.#packages.set(name, {
      files: logs.files + 1,
      lines: logs.lines + lines,
      entries: logs.entries + entries,
    });
    this.#files++;
    this.#tell();
  }

  /** Nothing is added any more. */
  finish(): void {
    this.#isOver = true;
    this.#tell();
  }

  /** How far the run is, as soon as it has more than `files` or is over. */
  async after(files: number): Promise<Snapshot> {
    while (this.#files <= files && !this.#isOver) {
      await new Promise<void>((resolve) => this.#listeners.push(resolve));
    }
    const packages = this.packages();
    return {
      files: this.#files,
      packages: packages.length,
      entries: packages.reduce((sum, [, { entries }]) => sum + entries, 0),
      largest: packages[0]?.[0],
      isOver: this.#isOver,
    };
  }

  /** All packages, that with the most entries first, equal ones in the order of their names. */
  packages(): [name: string, logs: PackageLogs][] {
    return [...this.#packages].sort(([m, a], [n, b]) => b.entries - a.entries || (m < n ? -1 : 1));
  }

  #tell(): void {
    for (const listener of this.#listeners.splice(0)) listener();
  }
}

export const LogManager = defineManager(
  import.meta,
  {
    Statistics: { create: () => new Statistics(), expose: ['add', 'finish', 'after', 'packages'] },
  },
  { name: 'log statistics' },
);

/** The name by which other programs find the statistics in the server. */
export const STATISTICS = 'logs';

/** What the statistics look like from outside of the server. */
export type RemoteStatistics = Awaited<
  ReturnType<Awaited<ReturnType<typeof LogManager.start>>['Statistics']>
>;
