import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Lock } from '@mp/lock';
import { currentTask, TimeoutError, task } from '@mp/pool';
import type { Lease, Queue } from '@mp/queue';
import type { SharedArray, SharedMap } from '@mp/shared';
import { readLog } from '../logs/read-log.ts';
import { TOTALS } from '../logs/worker.ts';

/** When no log came for so long, there are no more. */
const SILENCE_MS = 500;
/** How long a block of the report takes: slow on purpose, so that others are seen to wait. */
const WRITING_MS = 25;

/** What all workers share. */
export interface Shared {
  /** Where the logs are: a string of bytes. */
  root: string;
  files: Queue<string>;
  totals: SharedArray<'f64'>;
  firstWords: SharedMap<string, number>;
  report: string;
  /** Of the report. */
  lock: Lock;
}

/** Reads logs until no more come. One that was given back, because its worker was killed, is read again. */
export const readWhatComes = task(import.meta, async function readWhatComes(shared: Shared): Promise<void> {
  const { signal } = currentTask();
  const report = openSync(shared.report, 'a');
  try {
    for (;;) {
      const lease = await nextLease(shared.files, signal);
      if (lease === undefined) return;
      await readOne(shared, report, lease.value, signal);
      lease.ack();
    }
  } finally {
    closeSync(report);
  }
});

async function nextLease(files: Queue<string>, signal: AbortSignal): Promise<Lease<string> | undefined> {
  try {
    return await files.lease({ timeout: SILENCE_MS, signal });
  } catch (error) {
    if (error instanceof TimeoutError) return undefined;
    throw error;
  }
}

async function readOne(shared: Shared, report: number, path: string, signal: AbortSignal): Promise<void> {
  const { root, totals, firstWords, lock } = shared;
  const log = await readLog(join(root, path), signal).catch((error: Error) => error.message);
  await lock.with(async (held) => {
    // The holder before was killed in the middle of its block.
    if (held.recovered) writeSync(report, '\n');
    writeSync(report, `${JSON.stringify(path)}\n`, null, 'latin1');
    await delay(WRITING_MS);
    writeSync(report, typeof log === 'string' ? `  cannot be read: ${log}\n` : `  lines ${log.lines}\n`);
  });
  if (typeof log === 'string') return;
  totals.add(TOTALS.files, 1);
  totals.add(TOTALS.lines, log.lines);
  for (const [word, count] of log.firstWords) firstWords.update(word, (before = 0) => before + count);
}
