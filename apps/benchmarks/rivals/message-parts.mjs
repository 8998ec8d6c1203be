import { deserialize, serialize } from 'node:v8';
import { Packr, Unpackr } from 'msgpackr';
import { message, sizeOf } from '../harness/payload.mjs';

/** Memory that copies go to: more than one message, as a queue's. */
const RING = 8 << 20;

/** @param context `options.part`: what a message's way is compared with */
export function near({ options: { part }, payload }) {
  return { pass: PARTS[part](payload) };
}

const PARTS = {
  msgpackr: (payload) => {
    const [packr, unpackr] = [new Packr({ useRecords: false }), new Unpackr({ useRecords: false })];
    return (count) => {
      for (let index = 0; index < count; index++) unpackr.unpack(packr.pack(message(payload, index)));
    };
  },
  json: (payload) => (count) => {
    for (let index = 0; index < count; index++) JSON.parse(JSON.stringify(message(payload, index)));
  },
  clone: (payload) => (count) => {
    for (let index = 0; index < count; index++) deserialize(serialize(message(payload, index)));
  },
  /** Into shared memory and out of it: the least that a queue does which gives the receiver memory of its own. */
  copies: (payload) => {
    const ring = Buffer.from(new SharedArrayBuffer(RING));
    const size = sizeOf(payload);
    const received = Buffer.alloc(size);
    return (count) => {
      let at = 0;
      for (let index = 0; index < count; index++) {
        message(payload, index).copy(ring, at);
        ring.copy(received, 0, at, at + size);
        at = (at + size) % RING;
      }
    };
  },
};
