import type { StreamSocket } from '@mp/core/internal';

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
