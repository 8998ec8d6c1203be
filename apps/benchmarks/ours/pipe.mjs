import { pipe } from '@mp/pipe';
import { Queue } from '@mp/queue';
import { message } from '../harness/payload.mjs';

/** @param context `options.mode`: 'sync' blocks both threads, 'await' uses `send`, `recv` and `for await` */
export async function near(context) {
  const sync = context.options.mode === 'sync';
  const [here, there] = pipe();
  // How the far side gets its end: in a message.
  const carrier = new Queue({ name: context.address });
  carrier.putSync(there);
  await context.startProcess();
  carrier.unlink();
  return {
    blocks: sync,
    drain: sync
      ? (count) => drainSync(here, count, context.payload)
      : (count) => drain(here, count, context.payload),
    call: sync ? (sent) => callSync(here, sent) : (sent) => call(here, sent),
    close: () => here.close(),
  };
}

export function far({ address, options, payload }) {
  const carrier = new Queue({ name: address });
  const there = carrier.getSync();
  carrier.close();
  return options.mode === 'sync'
    ? { fill: (count) => fillSync(there, count, payload), echo: (count) => echoSync(there, count) }
    : { fill: (count) => fill(there, count, payload), echo: (count) => echo(there, count) };
}

function drainSync(end, count, payload) {
  if (payload === 'bytes') for (let index = 0; index < count; index++) end.recvBytesSync();
  else for (let index = 0; index < count; index++) end.recvSync();
}

function fillSync(end, count, payload) {
  if (payload === 'bytes') {
    for (let index = 0; index < count; index++) end.sendBytesSync(message(payload, index));
  } else for (let index = 0; index < count; index++) end.sendSync(message(payload, index));
}

function callSync(end, sent) {
  end.sendSync(sent);
  return end.recvSync();
}

function echoSync(end, count) {
  for (let index = 0; index < count; index++) end.sendSync(end.recvSync());
}

async function drain(end, count, payload) {
  if (payload === 'bytes') for (let index = 0; index < count; index++) await end.recvBytes();
  else for (let index = 0; index < count; index++) await end.recv();
}

async function fill(end, count, payload) {
  if (payload === 'bytes') {
    for (let index = 0; index < count; index++) await end.sendBytes(message(payload, index));
  } else for (let index = 0; index < count; index++) await end.send(message(payload, index));
}

async function call(end, sent) {
  await end.send(sent);
  return end.recv();
}

async function echo(end, count) {
  for (let index = 0; index < count; index++) await end.send(await end.recv());
}
