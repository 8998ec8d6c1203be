import type { Server, Socket } from 'node:net';

/**
 * The descriptor of one of Node's sockets, also of the one under TLS; `undefined` when it is closed. It has no public name; it
 * is there on every Unix, and nothing else leads to it.
 */
export function descriptorOf(socket: Socket | Server): number | undefined {
  return (socket as unknown as { _handle: { fd: number } | null })._handle?.fd;
}
