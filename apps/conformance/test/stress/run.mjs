import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { sweep, thisAgent } from '@mp/core/internal';
import { Crew } from './crew.mjs';
import { Ledger, PEERS } from './ledger.mjs';
import { Random } from './random.mjs';

/** Nobody goes on for this long: a wake-up was lost, or something stays locked. */
const STALL_MS = 20_000;

/** @returns {string} a segment directory that only this run uses */
export function useOwnDirectory() {
  const parent = process.platform === 'linux' ? '/dev/shm' : tmpdir();
  process.env.MP_DIR = mkdtempSync(`${parent}/mp-test-${process.env.MP_TEST_RUN ?? process.pid}-`);
  return process.env.MP_DIR;
}

/**
 * Runs one scenario, and fails when a promise was broken.
 *
 * @param {string} name @param {number} seed @param {number} seconds
 * @param {boolean} killing whether peers are killed at random moments
 * @returns {Promise<{ turns: number, kills: number, rescued: number }>}
 */
export async function run(name, seed, seconds, killing) {
  const { scenario } = await import(`./scenarios/${name}.mjs`);
  const random = new Random(seed, PEERS);
  const ledger = new Ledger();
  const objects = scenario.open();
  const crew = new Crew(name, seed);
  try {
    // The time begins when the first one goes on: the start of so many may take longer than a short run.
    let end = Number.POSITIVE_INFINITY;
    let kill = Number.POSITIVE_INFINITY;
    let turns = 0;
    let wentOn = performance.now();
    while (performance.now() < end && crew.failures.length === 0) {
      await delay(random.below(5));
      scenario.supervise?.({ objects, ledger, random });
      if (ledger.turns !== turns) {
        if (turns === 0) {
          end = performance.now() + seconds * 1_000;
          if (killing) kill = performance.now();
        }
        turns = ledger.turns;
        wentOn = performance.now();
      }
      assert(performance.now() - wentOn < STALL_MS, `nobody went on for ${STALL_MS} ms`);
      if (performance.now() < kill) continue;
      await crew.replace(random.below(PEERS));
      kill = performance.now() + random.below(100);
    }
    ledger.stop();
    await ended(crew, () => scenario.supervise?.({ objects, ledger, random }));
    assert.deepEqual(crew.failures, [], 'peers failed');
    scenario.check({ objects, ledger, kills: crew.kills });
    const rescued = scenario.rescued(objects);
    if (!killing) assert.equal(rescued, 0, 'waits were over only because they looked by themselves');
    const result = { turns: ledger.turns, kills: crew.kills, rescued };
    scenario.close(objects);
    scenario.unlink();
    ledger.end();
    assert.deepEqual(leftBehind(), [], 'files were left behind');
    return result;
  } finally {
    await crew.killAll();
  }
}

/** Waits for all peers, which may still need what the supervisor does. */
async function ended(crew, supervise) {
  let isOver = false;
  const over = crew.end().then(() => {
    isOver = true;
  });
  for (const end = performance.now() + STALL_MS; !isOver; ) {
    await Promise.race([over, delay(2)]);
    supervise();
    assert(performance.now() < end, `not everybody came to an end within ${STALL_MS} ms`);
  }
}

function leftBehind() {
  sweep();
  const { id } = thisAgent();
  const own = ['.swept', '.native', 't-tokens', `a-${id}`, `d-${id}`];
  return readdirSync(process.env.MP_DIR).filter((file) => !own.includes(file) && !file.startsWith('p-'));
}

/** @param {string} directory */
export function removeDirectory(directory) {
  rmSync(directory, { recursive: true, force: true });
}
