import type { Socket } from 'node:net';
import { StreamSocket } from '@mp/core/internal';
import { descriptorOf } from './descriptor.ts';

/** After so long without an answer to what was sent, a machine is taken to be gone. It is looked for this often. */
const SILENCE_MS = 20_000;
const LOOK_MS = 5_000;

/** The TCP connections of this thread. */
const sockets = new Set<StreamSocket>();
let timer: NodeJS.Timeout | undefined;

/**
 * Ends a TCP connection, as if the other end had closed it, when its machine does not answer any more. The kernel tries for
 * a quarter of an hour.
 *
 * @returns how to stop looking
 */
export function endWhenSilent(socket: StreamSocket): () => void {
  sockets.add(socket);
  timer ??= setInterval(() => {
    for (const each of sockets) each.endIfSilent(SILENCE_MS);
  }, LOOK_MS).unref();
  return () => {
    sockets.delete(socket);
    if (sockets.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The same for a stream of Node's over TCP, as long as it is open. */
export function endStreamWhenSilent(stream: Socket): void {
  const descriptor = descriptorOf(stream);
  if (descriptor === undefined) return;
  let socket: StreamSocket;
  try {
    socket = StreamSocket.from(descriptor);
  } catch {
    // No descriptor is left: then only the kernel notices, much later.
    return;
  }
  const stop = endWhenSilent(socket);
  stream.once('close', () => {
    stop();
    // The connection is open as long as one of its descriptors is.
    socket.close();
  });
}
