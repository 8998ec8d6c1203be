import { MpError } from '@mp/core';
import type { Carrier, HandleRecord } from '@mp/core/internal';
import { decode, type Encoded, encode, readingAtMost } from '@mp/serde/internal';

/**
 * One end of a connection between a client and a server, while a message of it is written or read: there, an object of
 * the server goes by its number on that connection.
 */
export interface Coding {
  /** The parts of the handle by which the other end knows `object`, or `undefined` when it is nothing of this server. */
  partsOf(object: object): readonly unknown[] | undefined;
  /** The object that parts from the other end stand for; `undefined` when it is of another server, and may be opened. */
  objectOf(parts: readonly unknown[]): unknown;
  /** Parts from the other end stood for an object in a message that could not be read. */
  unread?(parts: readonly unknown[]): void;
}

let present: Coding | undefined;

/** The connection whose message is being written or read, if any. */
export function presentCoding(): Coding | undefined {
  return present;
}

/** Of a message in which no object of a server can be, as it has come from a client that may be hostile. */
const NO_OBJECTS: Coding = {
  partsOf: () => undefined,
  objectOf: () => {
    throw new MpError('ERR_MP_MISMATCH', 'An object of a manager where none can be');
  },
};

/** Reads a message in which no object of a server can be. @param most values in it, at most */
export function readWithoutObjects<T>(most: number, read: () => T): T {
  const before = present;
  present = NO_OBJECTS;
  try {
    return readingAtMost(most, read);
  } finally {
    present = before;
  }
}

function codeFor<T>(coding: Coding, run: () => T): T {
  const before = present;
  present = coding;
  try {
    return run();
  } finally {
    present = before;
  }
}

/** Makes bytes of a value. They are valid until the next message is made. */
export function encodeFor(coding: Coding, carrier: Carrier, value: unknown, root: string): Encoded {
  return codeFor(coding, () => encode(value, carrier, root));
}

/** Makes a value of bytes. @param most values in it, at most */
export function decodeFor(coding: Coding, carrier: Carrier, bytes: Uint8Array, most = Infinity): unknown {
  return readingAtMost(most, () => codeFor(coding, () => decode(bytes, carrier)));
}

/**
 * Copies plain data.
 *
 * @param isObject whether an object in it is one of the server, which stays the same one
 */
export function copyOf(carrier: Carrier, value: unknown, isObject: (object: object) => boolean): unknown {
  const objects: object[] = [];
  const coding: Coding = {
    partsOf: (object) => (isObject(object) ? [objects.push(object) - 1] : undefined),
    objectOf: ([index]) => objects[index as number],
  };
  const { bytes, pins } = encodeFor(coding, carrier, value, 'result');
  const copy = Buffer.from(bytes);
  pins.sent();
  return decodeFor(coding, carrier, copy);
}

/** The handle that stands for an object of a server in a message. */
export function handleOf(parts: readonly unknown[]): HandleRecord {
  return { kind: 'proxy', data: parts };
}
