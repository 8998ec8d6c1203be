import { createHash } from 'node:crypto';

/** One unit of work. Everything about it follows from its number, so its result can be checked. */
export interface Job {
  id: number;
}

/** So many digests, one of the other, are some milliseconds of work. */
const ROUNDS = 4_000;
const FAILS_EVERY = 50;
const CRASHES_EVERY = 100;

/** Whether the job ends its worker, as a fault in a native library would. */
export function crashes({ id }: Job): boolean {
  return id % CRASHES_EVERY === 0;
}

/** Whether the job never succeeds. */
export function fails({ id }: Job): boolean {
  return id % FAILS_EVERY === 0;
}

/** @throws Error for a job that never succeeds */
export function compute(job: Job): string {
  if (crashes(job)) process.kill(process.pid, 'SIGKILL');
  if (fails(job)) throw new Error(`Job ${job.id} never succeeds`);
  let digest = createHash('sha256').update(`job ${job.id}`).digest();
  for (let round = 1; round < ROUNDS; round++) digest = createHash('sha256').update(digest).digest();
  return digest.toString('hex');
}
