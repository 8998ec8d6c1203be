// Plain JavaScript: the watchdog's thread runs it without any build.
import { writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { commandOf, descendantsOf } from './process-tree.js';

const note = Buffer.from(workerData);
const pause = new Int32Array(new SharedArrayBuffer(4));
const now = () => Number(process.hrtime.bigint() / 1_000_000n);

parentPort?.postMessage('watching');
while (now() < note.readDoubleLE(0)) Atomics.wait(pause, 0, 0, 1_000);

const what = note.toString('utf8', 12, 12 + note.readUInt32LE(8));
const below = descendantsOf();
const list = below.map((pid) => `\n  below it: ${pid} ${commandOf(pid)}`).join('');
writeSync(2, `Watchdog: ${what} blocks process ${process.pid}; ending it.${list}\n`);
for (const pid of [...below, process.pid]) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
