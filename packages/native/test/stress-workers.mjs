// Starts worker threads and terminates them in the middle of what they do:
//   node stress-workers.mjs <count> [seed]
// Afterwards nothing of them may be left: no descriptor, no mapping, no file. Prints one line of JSON.
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import {
  attach,
  backend,
  create,
  detach,
  doorbellOpen,
  doorbellRef,
  doorbellWait,
  futexWait,
  futexWake,
  LOCK_EXCLUSIVE,
  LOCK_SHARED,
  REMOVE_WHEN_LAST,
  ring,
  UNLINK,
} from '@mp/native';

const AT_ONCE = 4;
/** Word of the shared segment: how many workers came to their work before they were terminated. */
const BEGUN = 16;
const nothing = new Uint8Array(0);
const hasFutex = backend() === 'linux';

/**
 * What a worker is in the middle of. Each has an agent's file and the shared segment, as every user of core has.
 *
 * @type {Record<string, (place: { directory: string, number: number, shared: ArrayBuffer }) => void>}
 */
const works = {
  'sync wait': ({ directory, number, shared }) => {
    if (!hasFutex) {
      doorbellOpen(
        `${directory}/d-${number}`,
        () => {},
        () => {},
      );
    }
    for (;;) sleep(shared, 0, 20);
  },
  'async wait': ({ directory, number }) => {
    doorbellOpen(
      `${directory}/d-${number}`,
      () => {},
      () => {},
    );
    doorbellRef(true);
  },
  'answering rings': ({ directory, number, shared }) => {
    const path = `${directory}/d-${number}`;
    const answer = () => {
      sleep(shared, 4, 1);
      Promise.resolve().then(() => ring(path));
    };
    doorbellOpen(path, answer, () => {});
    doorbellRef(true);
    ring(path);
  },
  'making and ending segments': ({ directory, number }) => {
    for (let n = 0; ; n++) {
      const path = `${directory}/s-${number}-${n}`;
      const made = create(path, 4096, LOCK_SHARED, REMOVE_WHEN_LAST, nothing);
      const again = attach(path, LOCK_SHARED, REMOVE_WHEN_LAST);
      if (made !== undefined && n % 3 > 0) detach(made, REMOVE_WHEN_LAST);
      if (again !== undefined && n % 3 > 1) detach(again, REMOVE_WHEN_LAST);
    }
  },
  'process.exit()': ({ directory, number }) => {
    doorbellOpen(
      `${directory}/d-${number}`,
      () => {},
      () => {},
    );
    doorbellRef(true);
    process.exit(3);
  },
  'ending by itself': ({ directory, number }) => {
    doorbellOpen(
      `${directory}/d-${number}`,
      () => {},
      () => {},
    );
  },
};

if (isMainThread) await main(Number(process.argv[2] ?? 60), Number(process.argv[3] ?? Date.now() % 2 ** 31));
else {
  const { directory, number, work } = workerData;
  create(`${directory}/a-${number}`, 4096, LOCK_EXCLUSIVE, UNLINK, nothing);
  const shared = attach(`${directory}/s-shared`, LOCK_SHARED, REMOVE_WHEN_LAST);
  if (shared === undefined) throw new Error('the shared segment is gone');
  Atomics.add(new Int32Array(shared), BEGUN, 1);
  parentPort?.postMessage('begun');
  works[work]({ directory, number, shared });
}

/**
 * @param {number} count
 * @param {number} seed
 */
async function main(count, seed) {
  const directory = mkdtempSync(join(process.env.MP_DIR ?? '/dev/shm', 'stress-'));
  const shared = create(`${directory}/s-shared`, 4096, LOCK_SHARED, REMOVE_WHEN_LAST, nothing);
  if (shared === undefined) throw new Error('the shared segment exists already');
  const random = generator(seed);
  const names = Object.keys(works);
  /** @type {Record<string, number>} */
  const ends = {};
  let number = 0;

  async function runOne() {
    const mine = number++;
    const work = names[Math.floor(random() * names.length)];
    const worker = new Worker(new URL(import.meta.url), { workerData: { directory, number: mine, work } });
    worker.on('error', (error) => {
      throw error;
    });
    const exited = new Promise((resolve) => worker.once('exit', resolve));
    // Every fourth in the middle of its start, the others in the middle of their work.
    if (random() > 0.25)
      await Promise.race([exited, new Promise((resolve) => worker.once('message', resolve))]);
    await delay(random() * 40);
    ring(`${directory}/d-${mine}`);
    if (hasFutex) futexWake(/** @type {ArrayBuffer} */ (shared), 0, 1);
    worker.terminate();
    await exited;
    ends[work] = (ends[work] ?? 0) + 1;
  }
  const lane = async () => {
    while (number < count) await runOne();
  };

  await runOne();
  const before = holdings(directory);
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  const after = holdings(directory);
  const begun = Atomics.load(new Int32Array(shared), BEGUN);
  detach(shared, REMOVE_WHEN_LAST);
  const files = readdirSync(directory);
  rmSync(directory, { recursive: true });
  const leaks = {
    descriptors: after.descriptors - before.descriptors,
    mappings: after.mappings - before.mappings,
    files: files.length,
  };
  console.log(JSON.stringify({ count: number, begun, seed, ends, leaks }));
  process.exitCode = Object.values(leaks).every((leak) => leak === 0) ? 0 : 1;
}

/**
 * One slice of a sleep, as this backend has it.
 *
 * @param {ArrayBuffer} buffer
 * @param {number} byteOffset
 * @param {number} milliseconds
 */
function sleep(buffer, byteOffset, milliseconds) {
  if (hasFutex) futexWait(buffer, byteOffset, 0, milliseconds);
  else doorbellWait(buffer, byteOffset, 0, milliseconds);
}

/** @param {string} directory */
function holdings(directory) {
  const open = readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      return [];
    }
  });
  return {
    // Node itself keeps the descriptor of a module that a worker was reading when it was terminated.
    descriptors: open.filter((target) => !/\.(mjs|js|json)$/.test(target)).length,
    mappings: readFileSync('/proc/self/maps', 'utf8').split(`${directory}/`).length - 1,
  };
}

/**
 * Numbers from 0 to 1 that the seed decides (mulberry32).
 *
 * @param {number} seed
 */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
