import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Packr, Unpackr } from 'msgpackr';
import * as zmq from 'zeromq';
import { message } from '../harness/payload.mjs';

/** No limits, as the queues have none: then a PUSH deals its messages out in turn, and all consumers get as many. */
const TO_SEND = { sendHighWaterMark: 0 };
const TO_RECEIVE = { receiveHighWaterMark: 0 };

/** Each consumer has a PULL socket, and each producer a PUSH socket that is connected to all of them. */
export function near({ address, consumers }) {
  return {
    close: () => {
      for (let number = 0; number < consumers; number++) rmSync(socketFile(address, number), { force: true });
    },
  };
}

export function far(context) {
  return context.place.role === 'consumer' ? consumer(context) : producer(context);
}

async function consumer({ address, place }) {
  const pull = new zmq.Pull(TO_RECEIVE);
  await pull.bind(endpoint(address, place.number));
  const unpackr = new Unpackr();
  return {
    async take(count) {
      for (let index = 0; index < count; index++) {
        const [frame] = await pull.receive();
        unpackr.unpack(frame);
      }
    },
  };
}

async function producer({ address, payload, consumers }) {
  const push = new zmq.Push(TO_SEND);
  let left = consumers;
  const connected = new Promise((resolve) => push.events.on('handshake', () => --left === 0 && resolve()));
  for (let number = 0; number < consumers; number++) push.connect(endpoint(address, number));
  await connected;
  const packr = new Packr();
  return {
    async fill(count) {
      for (let index = 0; index < count; index++) await push.send(packr.pack(message(payload, index)));
    },
  };
}

const socketFile = (address, number) => join(tmpdir(), `${address}.${number}.zmq`);
const endpoint = (address, number) => `ipc://${socketFile(address, number)}`;
