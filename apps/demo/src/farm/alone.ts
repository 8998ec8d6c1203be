import { randomBytes } from 'node:crypto';
import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { Process } from '@mp/process';
import { workerName } from './farm.ts';
import { Master, printReport } from './master.ts';
import { farmWorker } from './worker.ts';

const WORKERS = 3;

/** A signal that is under way to this process has come by then. */
const HEARD_MS = 1_000;

/**
 * The whole farm on this machine: a master, workers, and the death of one of them while it has a job.
 *
 * @returns the exit code: 0 when every job has one result, and the lost one was given again
 */
export async function farmAlone(jobs: number, stop: AbortSignal): Promise<number> {
  const authKey = randomBytes(16).toString('hex');
  const master = await Master.serve({ host: '127.0.0.1', port: 0 }, authKey);
  const workers = Array.from(
    { length: WORKERS },
    () => new Process({ target: farmWorker, args: [master.place, authKey], daemon: true }),
  );
  const fatal = Math.ceil(jobs / 3);
  try {
    // A worker that is fast could be through with the job before it is killed, and nothing would be given again.
    await master.ledger.hold(fatal);
    for (const worker of workers) worker.start();
    console.log(`master at 127.0.0.1:${master.place.port}, ${WORKERS} workers, ${jobs} jobs`);
    const [report] = await Promise.race([
      Promise.all([master.run(jobs, stop), killOne(master, workers, fatal)]),
      allFailed(workers, stop),
    ]);
    for (const worker of workers) await worker.join();
    const isRight = printReport(jobs, report);
    return isRight && report.deliveries === jobs + 1 ? 0 : 1;
  } finally {
    for (const worker of workers) worker.kill();
    for (const worker of workers) await worker.join();
    await master.close();
  }
}

/** Kills the worker that has got the delivery of that number, and is held with it. */
async function killOne(master: Master, workers: readonly Process[], number: number): Promise<void> {
  const { job, worker } = await master.ledger.whenBegun(number);
  workers.find(({ pid }) => workerName(pid as number) === worker)?.kill();
  console.log(`${worker} is killed by SIGKILL, with job ${job}`);
}

/** Rejects when no worker is left, and none has seen the end of the jobs. */
async function allFailed(workers: readonly Process[], stop: AbortSignal): Promise<never> {
  for (const worker of workers) await worker.join();
  if (workers.some(({ exitCode }) => exitCode === 0)) return new Promise(() => {});
  // A terminal tells Ctrl-C to all of them, and the news of their deaths may come before it.
  if (workers.some(({ exitCode }) => exitCode === -constants.signals.SIGINT))
    await delay(HEARD_MS, undefined, { signal: stop });
  throw new Error(`All workers have failed: ${workers.map(({ exitCode }) => exitCode).join(', ')}`);
}
