import type { MessagePort } from 'node:worker_threads';
import type { Thread } from '@mp/process';

/** A port to a thread that has started, for what is moved. The thread finds its end by {@link ownPort}. */
export function portTo(thread: Thread<never>): MessagePort {
  const { MessageChannel } = process.getBuiltinModule('node:worker_threads');
  const { port1, port2 } = new MessageChannel();
  thread.post(port2, [port2]);
  return port1;
}

let own: MessagePort | undefined;

/** This thread's end of the port. Its pool has posted it before anything that may need it. */
export function ownPort(): MessagePort | undefined {
  const { parentPort } = process.getBuiltinModule('node:worker_threads');
  if (own === undefined && parentPort !== null) own = receive(parentPort) as MessagePort | undefined;
  return own;
}

/** What has come through a port, without a turn of the event loop; `undefined` when nothing has. */
export function receive(port: MessagePort): unknown {
  const { receiveMessageOnPort } = process.getBuiltinModule('node:worker_threads');
  return receiveMessageOnPort(port)?.message;
}
