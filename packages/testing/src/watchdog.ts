import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach } from 'vitest';
import { LIMIT_MS, PATIENCE } from './patience.ts';

/** Bytes of the shared note: the deadline (a double), then the length and text of the name. */
const NOTE_BYTES = 1024;

/**
 * Ends this process, and all below it, when a test blocks its thread for good: vitest's own time limit needs the
 * event loop for that. The run goes on with the next file; this one counts as failed and the test is named on stderr.
 * The setup of the test run calls it for every file.
 *
 * @param grace milliseconds that anything may take beyond its own time limit
 * @returns when its thread has all that it needs: what is opened later counts as left behind by the tests
 */
export async function watchdog(grace = 30_000 * PATIENCE): Promise<void> {
  const note = Buffer.from(new SharedArrayBuffer(NOTE_BYTES));
  const guard = new Worker(new URL('./watchdog-thread.js', import.meta.url), { workerData: note.buffer });
  guard.unref();
  /** More than one where tests run side by side. */
  const running = new Set<string>();
  const expect = (what: string, within: number) => {
    note.writeUInt32LE(note.write(what, 12, 'utf8'), 8);
    note.writeDoubleLE(now() + within + grace, 0);
  };
  expect('the file, before its first test', LIMIT_MS);
  beforeEach(({ task }) => {
    running.add(`the test "${task.name}"`);
    expect([...running].join(' or '), task.timeout);
  });
  afterEach(({ task }) => {
    running.delete(`the test "${task.name}"`);
    expect([`a hook after the test "${task.name}"`, ...running].join(' or '), LIMIT_MS);
  });
  await once(guard, 'message');
}

/** Milliseconds of a clock that all threads share. */
function now(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}
