import type { Socket } from 'node:net';
import { ClosedError, TimeoutError } from '@mp/core';
import { CHOSEN, NO_PIECES, StreamSocket } from '@mp/core/internal';
import { descriptorOf } from './descriptor.ts';
import { type Exchange, HANDSHAKE_MESSAGE_MOST } from './handshake.ts';
import { SocketTransport } from './socket-transport.ts';
import { END, type Transport } from './transport.ts';

/** Takes a connection over from Node's streams, which are closed. It must not have read anything yet. */
export function takeOver(socket: Socket): SocketTransport {
  try {
    const descriptor = descriptorOf(socket);
    if (descriptor === undefined) throw new ClosedError('The other end closed the connection at once');
    // Python's messages of two writes must not wait for each other.
    socket.setNoDelay(true);
    return new SocketTransport(StreamSocket.from(descriptor));
  } finally {
    socket.destroy();
  }
}

/** The messages of a handshake over a connection. */
export function exchangeOver(transport: Transport, deadline: number, signal?: AbortSignal): Exchange {
  return {
    async send(message) {
      const outgoing = { buffer: message, length: message.length, more: NO_PIECES };
      const attempt = () => transport.send(outgoing, CHOSEN);
      if (await transport.sendLine.wait(attempt, deadline, signal)) return;
      throw new TimeoutError('The other end did not receive in time');
    },
    async receive(what) {
      const attempt = () => transport.peek(CHOSEN, HANDSHAKE_MESSAGE_MOST);
      const message = await transport.receiveLine.wait(attempt, deadline, signal);
      if (message === undefined) throw new TimeoutError(`The other end did not send ${what} in time`);
      if (message === END)
        throw new ClosedError(`The other end closed the connection before it had sent ${what}`);
      transport.take(message);
      return message.source;
    },
  };
}
