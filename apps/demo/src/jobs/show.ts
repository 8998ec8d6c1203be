import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { RWLock } from '@mp/lock';
import { Process } from '@mp/process';
import { Queue } from '@mp/queue';
import { compute, crashes, fails } from './job.ts';
import { JobStore, MOST_ATTEMPTS } from './store.ts';
import { superviseJobs } from './supervise.ts';
import type { News, Watch } from './worker.ts';

type Runner = Process<[string, number, Watch]>;

const JOBS = 150;
/** Workers wait when so many news were not heard: else all jobs could be done before anything is killed. */
const MOST_UNHEARD = 10;
/** A job that is killed that often, and once more by the restart, is still no dead letter. */
const KILLS = MOST_ATTEMPTS - 2;
/** A worker is killed so many news after the one before: at least, and up to how many more. */
const [KILL_AFTER, KILL_WITHIN] = [20, 20];

/**
 * Works on jobs while their workers are killed at random, and everything is killed and started again in the middle. Then
 * counts.
 *
 * @returns whether every count is exact
 */
export async function show(workers: number, signal: AbortSignal): Promise<boolean> {
  const directory = mkdtempSync(join(tmpdir(), 'mp-demo-jobs-'));
  const watch: Watch = { news: new Queue<News>({ maxSize: MOST_UNHEARD }), lives: new RWLock() };
  const killer = new Killer(watch.news);
  let runner: Runner | undefined;
  const start = () => {
    runner = new Process({ target: superviseJobs, args: [directory, workers, watch], name: 'runner' });
    runner.start();
    return runner;
  };
  try {
    await addJobs(directory);
    const first = start();
    await Promise.race([killer.half, first.join({ signal })]);
    if (first.exitCode !== undefined) throw earlyEnd(first);
    first.kill();
    await first.join();
    await allWorkersHaveEnded(watch);
    await tellWhatWaits(directory);

    const second = start();
    await second.join({ signal });
    if (second.exitCode !== 0) throw earlyEnd(second);
    await killer.end();
    return await count(directory, killer);
  } finally {
    killer.stop();
    runner?.terminate();
    await runner?.join();
    await allWorkersHaveEnded(watch);
    await killer.end();
    await remove(directory);
    watch.news.close();
    watch.lives.close();
  }
}

/** Why a runner has ended before it should. One that was killed, or is through with its work, has no error. */
function earlyEnd({ error, exitCode }: Runner): unknown {
  return error ?? new Error(`The runner ended too early, with exit code ${exitCode}`);
}

/** Hears every news, and kills a worker now and then: that which has just told something. */
class Killer {
  kills = 0;
  deliveries = 0;
  /** Deliveries of a job that was done already. */
  repeats = 0;
  /** Resolves when half of the jobs were delivered. */
  readonly half: Promise<void>;
  readonly #ids = new Set<number>();
  readonly #news: Queue<News>;
  readonly #ended: Promise<void>;
  #next = nextKill();
  #isOver = false;

  constructor(news: Queue<News>) {
    this.#news = news;
    let halfIsDelivered = () => {};
    this.half = new Promise((resolve) => {
      halfIsDelivered = resolve;
    });
    this.#ended = this.#watch(halfIsDelivered);
  }

  /** Kills nobody any more. */
  stop(): void {
    this.#isOver = true;
  }

  /** Resolves when all news are counted. Nobody tells any more. */
  async end(): Promise<void> {
    this.stop();
    this.#news.shutdown();
    await this.#ended;
  }

  async #watch(halfIsDelivered: () => void): Promise<void> {
    for await (const each of this.#news) {
      if (each.event !== 'recorded') this.deliveries++;
      if (each.event === 'was done') this.repeats++;
      this.#ids.add(each.id);
      if (this.#ids.size >= JOBS / 2) halfIsDelivered();
      // A job that takes its worker along needs no help.
      if (--this.#next > 0 || this.#isOver || this.kills === KILLS || crashes(each)) continue;
      this.#next = nextKill();
      this.#kill(each);
    }
  }

  #kill({ pid, id, attempt, event }: News): void {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It was killed with everything else.
      return;
    }
    this.kills++;
    console.log(`killed worker ${pid}: job ${id} ${event}, attempt ${attempt}`);
  }
}

function nextKill(): number {
  return KILL_AFTER + Math.floor(Math.random() * KILL_WITHIN);
}

async function addJobs(directory: string): Promise<void> {
  const store = await JobStore.open(directory);
  await store.add(JOBS);
  store.close();
  console.log(
    `${JOBS} jobs are in a named queue; some never succeed, and one of them takes its worker along`,
  );
}

/** Those whose runner was killed end by themselves: then nobody reads any more. */
async function allWorkersHaveEnded({ lives }: Watch): Promise<void> {
  (await lives.write()).release();
}

/** A worker that was only starting when its runner died has the queue for up to two seconds. */
async function remove(directory: string): Promise<void> {
  while (!(await (await JobStore.open(directory)).remove())) await delay(50);
}

async function tellWhatWaits(directory: string): Promise<void> {
  const store = await JobStore.open(directory);
  console.log(
    `killed the runner; its workers are gone too, nobody has the queue: ${store.waiting} jobs wait in it`,
  );
  store.close();
  console.log('started again');
}

async function count(directory: string, killer: Killer): Promise<boolean> {
  const store = await JobStore.open(directory);
  const { ledger } = store;
  const { done, failed } = ledger.outcomes();
  const jobs = Array.from({ length: JOBS }, (_, index) => ({ id: index + 1 }));
  const right = jobs.filter(
    (job) => !fails(job) && ledger.outcomeOf(job.id) === `done ${compute(job)}`,
  ).length;
  const toFail = jobs.filter(fails).map(({ id }) => id);
  store.close();
  console.log(`${killer.kills} workers and the runner were killed`);
  console.log(
    `${killer.deliveries} deliveries of ${JOBS} jobs, ${killer.repeats} of them when the job was done already`,
  );
  console.log(`${done} jobs are done, each once: ${right} results are right`);
  console.log(`${failed.length} jobs have failed in ${MOST_ATTEMPTS} attempts: ${failed.join(', ')}`);
  const isExact = right === done && done === JOBS - toFail.length && String(failed) === String(toFail);
  console.log(
    isExact
      ? 'every count is exact'
      : `expected ${JOBS - toFail.length} done, and ${toFail.join(', ')} failed`,
  );
  return isExact;
}
