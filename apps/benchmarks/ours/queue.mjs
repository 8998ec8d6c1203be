import { Queue } from '@mp/queue';
import { isLarge, message } from '../harness/payload.mjs';

/**
 * A producer of large messages that outruns its consumer by more than this waits, so that what is under way stays in the
 * processor's caches; Python's pipe holds 64 KiB. Small messages have no limit, as in Python.
 */
const LARGE = { maxBytes: 4 << 20 };

/** @param context `options.mode`: 'sync' blocks both threads, 'await' uses `put` and `for await` */
export async function near(context) {
  const { there, back } = queues(context);
  await context.startProcess();
  const sync = context.options.mode === 'sync';
  return {
    blocks: sync,
    drain: sync ? (count) => drainSync(back, count) : (count) => drain(back, count),
    call: sync ? (sent) => callSync(there, back, sent) : (sent) => call(there, back, sent),
    close: () => {
      there.unlink();
      back.unlink();
    },
  };
}

export function far(context) {
  const { there, back } = queues(context);
  const { payload } = context;
  return context.options.mode === 'sync'
    ? {
        fill: (count) => fillSync(back, count, payload),
        take: (count) => drainSync(back, count),
        echo: (count) => echoSync(there, back, count),
      }
    : {
        fill: (count) => fill(back, count, payload),
        take: (count) => drain(back, count),
        echo: (count) => echo(there, back, count),
      };
}

function queues({ address, payload }) {
  const limits = isLarge(payload) ? LARGE : {};
  return {
    there: new Queue({ name: `${address}.there`, ...limits }),
    back: new Queue({ name: `${address}.back`, ...limits }),
  };
}

function drainSync(queue, count) {
  for (let index = 0; index < count; index++) queue.getSync();
}

function fillSync(queue, count, payload) {
  for (let index = 0; index < count; index++) queue.putSync(message(payload, index));
}

function callSync(there, back, sent) {
  there.putSync(sent);
  return back.getSync();
}

function echoSync(there, back, count) {
  for (let index = 0; index < count; index++) back.putSync(there.getSync());
}

async function drain(queue, count) {
  let left = count;
  for await (const _ of queue) {
    left -= 1;
    if (left === 0) break;
  }
}

async function fill(queue, count, payload) {
  for (let index = 0; index < count; index++) await queue.put(message(payload, index));
}

async function call(there, back, sent) {
  await there.put(sent);
  return back.get();
}

async function echo(there, back, count) {
  for (let index = 0; index < count; index++) await back.put(await there.get());
}
