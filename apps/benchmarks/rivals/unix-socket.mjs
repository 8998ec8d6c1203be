import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Packr, Unpackr } from 'msgpackr';
import { Arrivals } from '../harness/arrivals.mjs';
import { message } from '../harness/payload.mjs';

/** Frames on a stream socket: a length, then msgpackr's bytes. What one writes for lack of anything better. */
const LENGTH = 4;

export async function near(context) {
  const arrivals = new Arrivals();
  const server = createServer();
  server.listen(pathOf(context.address));
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  await context.startProcess();
  const [socket] = await accepted;
  const channel = new FrameChannel(socket, arrivals);
  return {
    drain: (count) => arrivals.take(count),
    call: (sent) => {
      channel.send(sent);
      return arrivals.take(1);
    },
    close: () => {
      socket.destroy();
      server.close();
    },
  };
}

export async function far({ address, payload }) {
  const arrivals = new Arrivals();
  const socket = connect(pathOf(address));
  await once(socket, 'connect');
  const channel = new FrameChannel(socket, arrivals);
  return {
    async fill(count) {
      for (let index = 0; index < count; index++) {
        if (!channel.send(message(payload, index))) await once(socket, 'drain');
      }
    },
    async echo(count) {
      for (let index = 0; index < count; index++) channel.send(await arrivals.take(1));
    },
  };
}

const pathOf = (address) => join(tmpdir(), `${address}.sock`);

class FrameChannel {
  #socket;
  #packr = new Packr();
  #unpackr = new Unpackr();
  #chunks = [];
  #held = 0;
  #arrivals;

  constructor(socket, arrivals) {
    this.#socket = socket;
    this.#arrivals = arrivals;
    socket.on('data', (chunk) => this.#read(chunk));
  }

  /** @returns whether the socket takes more at once */
  send(value) {
    const body = this.#packr.pack(value);
    const head = Buffer.allocUnsafe(LENGTH);
    head.writeUInt32LE(body.length);
    this.#socket.cork();
    this.#socket.write(head);
    const flowing = this.#socket.write(body);
    this.#socket.uncork();
    return flowing;
  }

  #read(chunk) {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    // Joined only when the frame in front is whole: a large one comes in many chunks.
    if (this.#held < LENGTH || this.#held < LENGTH + this.#frontLength()) return;
    const bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#held);
    let at = 0;
    while (bytes.length - at >= LENGTH) {
      const end = at + LENGTH + bytes.readUInt32LE(at);
      if (end > bytes.length) break;
      this.#arrivals.arrive(this.#unpackr.unpack(bytes.subarray(at + LENGTH, end)));
      at = end;
    }
    this.#chunks = at < bytes.length ? [bytes.subarray(at)] : [];
    this.#held = bytes.length - at;
  }

  #frontLength() {
    if (this.#chunks[0].length < LENGTH) this.#chunks = [Buffer.concat(this.#chunks, this.#held)];
    return this.#chunks[0].readUInt32LE(0);
  }
}
