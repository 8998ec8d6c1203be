import { closeSync, openSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Lock } from '@mp/lock';
import type { Connection } from '@mp/pipe';
import { task } from '@mp/pool';
import type { Queue } from '@mp/queue';
import type { SharedArray, SharedMap } from '@mp/shared';
import { addTo, type LogCounter } from './log-counter.ts';
import { readLog } from './read-log.ts';
import type { RemoteStatistics } from './statistics.ts';

/** The places of the totals in their array. */
export const TOTALS = { files: 0, lines: 1, bytes: 2, entries: 3 } as const;

/** What all workers share. */
export interface Shared {
  /** Where the logs are: a string of bytes. */
  root: string;
  files: Queue<string>;
  totals: SharedArray<'f64'>;
  firstWords: SharedMap<string, number>;
  /** Of the report, a file that all workers write. */
  report: string;
  lock: Lock;
  statistics: RemoteStatistics;
}

/** What a worker tells of each file. */
export interface Progress {
  path: string;
  bytes: number;
  /** Why it could not be read. */
  problem?: string | undefined;
}

/** What one worker did. */
export interface Work {
  files: number;
  bytes: number;
}

/** Ctrl-C reaches all processes of a terminal. The main program tells the workers to stop. */
export const ignoreInterrupts = task(import.meta, function ignoreInterrupts() {
  process.on('SIGINT', () => {});
});

/** Reads logs until there are no more, or the other end of `control` says something. */
export const readLogs = task(
  import.meta,
  async function readLogs(shared: Shared, control: Connection<Progress | 'stop'>): Promise<Work> {
    const { root, files, totals, firstWords, statistics } = shared;
    const stop = new AbortController();
    const stopped = control
      .recv()
      .catch(() => {})
      .finally(() => stop.abort());
    const work: Work = { files: 0, bytes: 0 };
    const words = new Map<string, number>();
    const report = openSync(shared.report, 'a');
    for await (const path of files) {
      let log: LogCounter;
      try {
        log = await readLog(join(root, path), stop.signal);
      } catch (error) {
        if (stop.signal.aborted) break;
        const problem = (error as Error).message;
        await shared.lock.with(() => writeBlock(report, path, [`cannot be read: ${problem}`]));
        await control.send({ path, bytes: 0, problem });
        continue;
      }
      const { lines, bytes, entries } = log;
      totals.add(TOTALS.files, 1);
      totals.add(TOTALS.lines, lines);
      totals.add(TOTALS.bytes, bytes);
      totals.add(TOTALS.entries, entries);
      for (const [word, count] of log.firstWords) addTo(words, word, count);
      await statistics.add(dirname(path), lines, entries);
      await shared.lock.with(() => {
        writeBlock(report, path, [`lines ${lines}`, `bytes ${bytes}`, `entries ${entries}`]);
      });
      await control.send({ path, bytes });
      work.files++;
      work.bytes += bytes;
    }
    closeSync(report);
    // Once for each word, not for each time it stands somewhere.
    for (const [word, count] of words) firstWords.update(word, (before = 0) => before + count);
    control.close();
    await stopped;
    return work;
  },
);

/** Several lines that belong together; without a lock those of two workers mix. */
function writeBlock(report: number, path: string, lines: readonly string[]): void {
  writeSync(report, `${JSON.stringify(path)}\n`, null, 'latin1');
  for (const line of lines) writeSync(report, `  ${line}\n`);
}
