import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { Lock } from '@mp/lock';
import { within } from '@mp/manager';
import { type Connection, pipe } from '@mp/pipe';
import { Pool } from '@mp/pool';
import { Queue } from '@mp/queue';
import { SharedArray, SharedMap } from '@mp/shared';
import { Meeting } from './meeting.ts';
import type { Progress as ProgressLine } from './progress.ts';
import { LogManager, type PackageLogs, STATISTICS } from './statistics.ts';
import { ignoreInterrupts, type Progress, readLogs, type Shared, TOTALS, type Work } from './worker.ts';

/** So many names of files wait for the workers; then the walk waits. */
const MOST_WAITING = 16;

/** What a run reads and writes. */
export interface PipelineOptions {
  /** A string of bytes, like all paths here. */
  root: string;
  files: Iterable<string>;
  workers: number;
  report: string;
  progress: ProgressLine;
  /** Ends it early. */
  signal: AbortSignal;
}

/** What a run found, and what each part did. */
export interface Found {
  read: string[];
  unreadable: { path: string; problem: string }[];
  totals: { files: number; lines: number; bytes: number; entries: number };
  firstWords: [word: string, count: number][];
  packages: [name: string, logs: PackageLogs][];
  works: Work[];
  handedOut: number;
  /** How often the walk waited because enough names were in the queue. */
  waits: number;
  /** Messages of the workers. */
  messages: number;
}

/** Reads logs with a pool of workers. */
export async function readAll(options: PipelineOptions): Promise<Found> {
  const { root, workers, report, signal } = options;
  writeFileSync(report, '');
  const pool = new Pool({ workers, init: [ignoreInterrupts] });
  const authKey = randomBytes(32);
  const manager = await LogManager.start({ authKey });
  const meeting = new Meeting();
  const lock = new Lock();
  const files = new Queue<string>({ maxSize: MOST_WAITING });
  const totals = new SharedArray('f64', Object.keys(TOTALS).length);
  const firstWords = new SharedMap<string, number>();
  try {
    const statistics = await within(manager, { name: STATISTICS }).Statistics();
    meeting.offer(manager.address!, authKey);
    const shared: Shared = { root, files, totals, firstWords, report, lock, statistics };
    const crew = startCrew(pool, workers, shared, options.progress);
    const stop = () => {
      files.shutdown({ immediate: true });
      for (const control of crew.controls) tellToStop(control);
    };
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    let handed: Handed;
    let works: Work[];
    try {
      // The first that fails ends the run: a worker that was killed leaves nobody to take what is handed out.
      [handed, works] = await Promise.all([handOut(options.files, files, signal), crew.works, crew.heard]);
    } finally {
      signal.removeEventListener('abort', stop);
      for (const control of crew.controls) control.close();
    }
    await statistics.finish();
    pool.close();
    await pool.join();
    const at = (name: keyof typeof TOTALS) => totals.at(TOTALS[name]);
    return {
      ...crew.told,
      ...handed,
      works,
      totals: { files: at('files'), lines: at('lines'), bytes: at('bytes'), entries: at('entries') },
      firstWords: [...firstWords],
      packages: await statistics.packages(),
    };
  } finally {
    await pool.terminate();
    await manager.close();
    for (const each of [meeting, lock, files, totals, firstWords]) each.close();
  }
}

/** What the workers tell. */
interface Told {
  read: string[];
  unreadable: { path: string; problem: string }[];
  messages: number;
}

/** Gives each worker its own pipe: workers tell of each file, and are told to stop. */
function startCrew(pool: Pool, workers: number, shared: Shared, progress: ProgressLine) {
  const told: Told = { read: [], unreadable: [], messages: 0 };
  const controls: Connection<Progress | 'stop'>[] = [];
  const works: PromiseLike<Work>[] = [];
  for (let worker = 0; worker < workers; worker++) {
    const [here, there] = pipe<Progress | 'stop'>();
    controls.push(here);
    works.push(pool.apply(readLogs, [shared, there]));
  }
  const listen = async (control: Connection<Progress | 'stop'>) => {
    for await (const message of control) {
      const { path, bytes, problem } = message as Progress;
      told.messages++;
      if (problem === undefined) told.read.push(path);
      else told.unreadable.push({ path, problem });
      progress.add(bytes);
    }
  };
  return { controls, works: Promise.all(works), heard: Promise.all(controls.map(listen)), told };
}

function tellToStop(control: Connection<Progress | 'stop'>): void {
  try {
    control.trySend('stop');
  } catch {
    // That worker has ended.
  }
}

interface Handed {
  handedOut: number;
  waits: number;
}

async function handOut(all: Iterable<string>, files: Queue<string>, signal: AbortSignal): Promise<Handed> {
  const handed: Handed = { handedOut: 0, waits: 0 };
  try {
    for (const path of all) {
      if (!files.tryPut(path)) {
        handed.waits++;
        await files.put(path);
      }
      handed.handedOut++;
    }
    files.shutdown();
  } catch (error) {
    // Nothing can be put into a queue that was shut down.
    if (!signal.aborted) throw error;
  }
  return handed;
}
