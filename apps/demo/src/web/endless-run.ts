import { truncateSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { Lock } from '@mp/lock';
import { Pool, WorkerDiedError } from '@mp/pool';
import { Queue } from '@mp/queue';
import { SharedArray, SharedMap } from '@mp/shared';
import { findLogs } from '../logs/find-logs.ts';
import { ignoreInterrupts, TOTALS } from '../logs/worker.ts';
import { readWhatComes, type Shared } from './worker.ts';

/** So many names of logs wait for the workers; then the walk waits. */
const MOST_WAITING = 120;
/** After so many the walk pauses, as on a slow disk: the queue is seen to fill and to drain. */
const PAUSE_AFTER = 90;
/** Also between two runs: then the workers are idle. */
const PAUSE_MS = 2_000;
/** How long a worker hangs before it is killed. */
const HANGS_MS = 2_000;

/** What is read, and how much is broken. */
export interface EndlessRunOptions {
  /** Where the logs are: a string of bytes. */
  root: string;
  /** The file that all workers write. */
  report: string;
  workers: number;
  killEveryMs: number;
  /** Gets a line for whatever happens. */
  say: (line: string) => void;
  /** Ends it. */
  signal: AbortSignal;
}

/**
 * Reads all logs again and again with the parts of the log pipeline, and kills one of its own workers now and then: rather one that holds the lock. What
 * such a worker had leased is delivered to another one, and the pool starts a new worker. Returns when it was told to end; then nothing is left.
 */
export async function readAgainAndAgain(options: EndlessRunOptions): Promise<void> {
  const { root, report, workers, say, signal } = options;
  const name = (what: string) => `${what}-${process.pid}`;
  const files = new Queue<string>({ name: name('files'), maxSize: MOST_WAITING });
  const lock = new Lock({ name: name('report') });
  const totals = new SharedArray('f64', Object.keys(TOTALS).length, { name: name('totals') });
  const firstWords = new SharedMap<string, number>({ name: name('first-words') });
  const pool = new Pool({ workers, init: [ignoreInterrupts] });
  const shared: Shared = { root, files, totals, firstWords, report, lock };
  const killer = killAgainAndAgain(pool, lock, options);
  try {
    while (!signal.aborted) {
      truncateSync(report);
      let isOver = false;
      const walk = handOut(root, files, signal).finally(() => {
        isOver = true;
      });
      const crew = Array.from({ length: workers }, () => keepReading(pool, shared, signal, () => isOver));
      await Promise.all([walk, ...crew]);
      say(`${totals.at(TOTALS.files)} logs read`);
      await delay(PAUSE_MS, undefined, { signal });
    }
  } catch (error) {
    // Whatever is under way fails then.
    if (!signal.aborted) throw error;
  } finally {
    await killer;
    await pool.terminate();
    for (const each of [files, lock, totals, firstWords]) {
      each.unlink();
      each.close();
    }
  }
}

/** Keeps one worker reading until there are no more logs, whatever happens to it. */
async function keepReading(
  pool: Pool,
  shared: Shared,
  signal: AbortSignal,
  isWalkOver: () => boolean,
): Promise<void> {
  while (!isWalkOver() || !shared.files.isEmpty) {
    try {
      await pool.apply(readWhatComes, [shared], { signal });
    } catch (error) {
      if (!(error instanceof WorkerDiedError)) throw error;
    }
  }
}

async function handOut(root: string, files: Queue<string>, signal: AbortSignal): Promise<void> {
  let count = 0;
  for (const path of findLogs(root)) {
    await files.put(path, { signal });
    if (++count % PAUSE_AFTER === 0) await delay(PAUSE_MS, undefined, { signal });
  }
}

/** Every now and then a worker hangs for a while, and is killed then, as somebody would do who looks at the page. */
async function killAgainAndAgain(
  pool: Pool,
  lock: Lock,
  { killEveryMs, say, signal }: EndlessRunOptions,
): Promise<void> {
  while (!signal.aborted) {
    await delay(killEveryMs, undefined, { signal }).catch(() => {});
    const victim = signal.aborted ? undefined : chooseVictim(pool, lock);
    if (victim === undefined) continue;
    process.kill(victim, 'SIGSTOP');
    const isHolder = lock.holder?.pid === victim;
    say(`worker ${victim} hangs${isHolder ? ', and it holds the lock' : ''}`);
    await delay(HANGS_MS, undefined, { signal }).catch(() => {});
    if (!pool.stats().workers.some(({ pid }) => pid === victim)) continue;
    process.kill(victim, 'SIGKILL');
    say(`worker ${victim} is killed by SIGKILL`);
  }
}

/** The worker that holds the lock, else one that has a job. It is a child of this process, so its pid is no other's until this process is told of its end. */
function chooseVictim(pool: Pool, lock: Lock): number | undefined {
  const busy = pool.stats().workers.filter(({ running }) => running !== undefined);
  const holder = lock.holder?.pid;
  return (busy.find(({ pid }) => pid === holder) ?? busy[0])?.pid;
}
