import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { Event, Lock } from '@mp/lock';
import { seeObject } from './objects.ts';

/*
 * What the doctor starts in a directory of its own, given by MP_DIR: it really waits and wakes, between two threads, and
 * really recovers a lock from a process that was killed. It prints one line of JSON.
 */

/** What the self-test found. Times are in milliseconds. */
export interface SelfTest {
  /** A blocked thread was woken. */
  futex: { took: number; rescued: number };
  /** An event loop was woken. */
  doorbell: { took: number; rescued: number };
  /** A lock came back from a process that was killed. */
  flock: { took: number; recovered: boolean };
}

const TIMEOUT_MS = 10_000;
const NAMES = {
  asleep: 'self-test-asleep',
  go: 'self-test-go',
  done: 'self-test-done',
  lock: 'self-test-lock',
};

async function main(): Promise<SelfTest> {
  const { futex, doorbell } = await wakes();
  return { futex, doorbell, flock: await recovery() };
}

/** The worker blocks for `go`; this thread waits for `done` in its event loop. */
async function wakes(): Promise<Pick<SelfTest, 'futex' | 'doorbell'>> {
  const asleep = new Event({ name: NAMES.asleep });
  const go = new Event({ name: NAMES.go });
  const done = new Event({ name: NAMES.done });
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: 'wait' });
  try {
    await expect(asleep.wait({ timeout: TIMEOUT_MS }), 'the thread of the self-test did not come up');
    const since = performance.now();
    go.set();
    await expect(done.wait({ timeout: TIMEOUT_MS }), 'a blocked thread was not woken');
    const took = performance.now() - since;
    return {
      futex: { took, rescued: rescued(NAMES.go) },
      doorbell: { took, rescued: rescued(NAMES.done) },
    };
  } finally {
    await worker.terminate();
    for (const event of [asleep, go, done]) event.unlink();
  }
}

async function recovery(): Promise<SelfTest['flock']> {
  const lock = new Lock({ name: NAMES.lock });
  const child = fork(fileURLToPath(import.meta.url), ['hold'], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  try {
    await new Promise((resolve) => child.once('message', resolve));
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    const since = performance.now();
    const guard = await lock.acquire({ timeout: TIMEOUT_MS });
    const took = performance.now() - since;
    guard.release();
    return { took, recovered: guard.recovered };
  } finally {
    child.kill('SIGKILL');
    lock.unlink();
  }
}

/** Waits that ended without a wake. */
function rescued(name: string): number {
  return seeObject(process.env.MP_DIR ?? '', `n-${name}`)?.said.counters.rescued ?? 0;
}

async function expect(happened: Promise<boolean>, otherwise: string): Promise<void> {
  if (!(await happened)) throw new Error(otherwise);
}

function waitInThread(): void {
  const go = new Event({ name: NAMES.go });
  new Event({ name: NAMES.asleep }).set();
  if (go.waitSync({ timeout: TIMEOUT_MS })) new Event({ name: NAMES.done }).set();
}

function holdInProcess(): void {
  new Lock({ name: NAMES.lock }).acquireSync();
  process.send?.('held');
  setInterval(() => {}, TIMEOUT_MS);
}

if (!isMainThread && workerData === 'wait') waitInThread();
else if (process.argv[2] === 'hold') holdInProcess();
else console.log(JSON.stringify(await main()));
