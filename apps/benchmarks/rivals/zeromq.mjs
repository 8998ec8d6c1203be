import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Packr, Unpackr } from 'msgpackr';
import * as zmq from 'zeromq';
import { isBytes, message } from '../harness/payload.mjs';

/** Two PUSH–PULL pairs over ipc. zeromq carries bytes; objects are packed by msgpackr. */
export async function near(context) {
  const pull = new zmq.Pull();
  const push = new zmq.Push();
  await pull.bind(endpoint(context.address, 'back'));
  await push.bind(endpoint(context.address, 'there'));
  await context.startProcess();
  const { pack, unpack } = coding(context.payload);
  return {
    async drain(count) {
      let left = count;
      for await (const [frame] of pull) {
        unpack(frame);
        left -= 1;
        if (left === 0) break;
      }
    },
    async call(sent) {
      await push.send(pack(sent));
      const [frame] = await pull.receive();
      return unpack(frame);
    },
    close: () => {
      push.close();
      pull.close();
      // libzmq leaves the files of its sockets.
      for (const side of ['back', 'there']) rmSync(socketFile(context.address, side), { force: true });
    },
  };
}

export function far({ address, payload }) {
  const push = new zmq.Push();
  const pull = new zmq.Pull();
  push.connect(endpoint(address, 'back'));
  pull.connect(endpoint(address, 'there'));
  const { pack, unpack } = coding(payload);
  return {
    async fill(count) {
      for (let index = 0; index < count; index++) await push.send(pack(message(payload, index)));
    },
    async echo(count) {
      for (let index = 0; index < count; index++) {
        const [frame] = await pull.receive();
        await push.send(pack(unpack(frame)));
      }
    },
  };
}

const socketFile = (address, way) => join(tmpdir(), `${address}.${way}.zmq`);
const endpoint = (address, way) => `ipc://${socketFile(address, way)}`;

function coding(payload) {
  if (isBytes(payload)) return { pack: (bytes) => bytes, unpack: (frame) => frame };
  const packr = new Packr();
  const unpackr = new Unpackr();
  return { pack: (value) => packr.pack(value), unpack: (frame) => unpackr.unpack(frame) };
}
