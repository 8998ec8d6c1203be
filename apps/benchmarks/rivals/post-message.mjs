import { parentPort } from 'node:worker_threads';
import { Arrivals } from '../harness/arrivals.mjs';
import { isLarge, message } from '../harness/payload.mjs';

/**
 * Between threads of one process, not between processes. A port has no limit: large messages are answered for in
 * groups of this many, or gigabytes would pile up.
 */
const GROUP = 16;

/** @param context `options.transfer`: the bytes are given away instead of copied by the port */
export async function near(context) {
  const arrivals = new Arrivals();
  const worker = await context.startThread();
  worker.on('message', arrivals.arrive);
  return {
    drain: (count) =>
      isLarge(context.payload) ? drainGroups(worker, arrivals, count) : arrivals.take(count),
    call: (sent) => {
      worker.postMessage(sent);
      return arrivals.take(1);
    },
    close: () => worker.terminate(),
  };
}

async function drainGroups(worker, arrivals, count) {
  for (let left = count; left > 0; left -= GROUP) {
    await arrivals.take(Math.min(GROUP, left));
    worker.postMessage('go on');
  }
}

export function far({ payload, options }) {
  const arrivals = new Arrivals();
  parentPort.on('message', arrivals.arrive);
  return {
    async fill(count) {
      for (let index = 0; index < count; index++) {
        // Two groups under way keep both sides busy.
        if (isLarge(payload) && index >= 2 * GROUP && index % GROUP === 0) await arrivals.take(1);
        post(message(payload, index), options.transfer);
      }
      // What the near side answers after the last message.
      if (isLarge(payload)) await arrivals.take(Math.min(2, Math.ceil(count / GROUP)));
    },
    async echo(count) {
      for (let index = 0; index < count; index++) parentPort.postMessage(await arrivals.take(1));
    },
  };
}

function post(value, transfer) {
  if (!transfer) return parentPort.postMessage(value);
  // What is given away has to be made first: a copy, as the contents of a real message are new each time.
  const given = new Uint8Array(value);
  return parentPort.postMessage(given, [given.buffer]);
}
