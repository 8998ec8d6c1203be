import { existsSync, readdirSync } from 'node:fs';
import {
  type Carrier,
  HANDLE,
  pageSize,
  pathOf,
  REFUSE,
  registerHandle,
  Segment,
  threadState,
} from '@mp/core/internal';
import { SerializationError } from '@mp/serde';
import { decode, dropMessage, encode } from '@mp/serde/internal';
import { leakCheck } from '@mp/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeCarrier, travel } from './carrier.ts';

leakCheck();

let carrier: Carrier;
let segment: Segment;

beforeEach(() => {
  ({ carrier, segment } = makeCarrier());
});
afterEach(() => {
  for (const box of opened.splice(0)) box.segment.close();
  segment.close();
});

/** The least that travels as a handle. */
class Box {
  readonly segment: Segment;
  constructor(from: Segment = Segment.create({ kind: 'memory', version: 1, size: 4096 })) {
    this.segment = from;
  }
  [HANDLE]() {
    const { file } = this.segment;
    return { kind: 'memory', data: { file }, segment: file };
  }
}
/** Something whose handle is of a kind of somebody else's. */
class Strange {
  readonly #kind: string;
  constructor(kind: string) {
    this.#kind = kind;
  }
  [HANDLE]() {
    return { kind: this.#kind, data: null };
  }
}

class Stays {
  get [REFUSE]() {
    return 'a Pool stays where it is';
  }
}

/** What was received, to be closed at the end of a test that did not get to hold it. */
const opened: Box[] = [];

registerHandle('memory', {
  package: '@mp/shared',
  decode: (data) => {
    const box = new Box(Segment.attach((data as { file: string }).file, 'memory', 1));
    opened.push(box);
    return box;
  },
});

const pins = () => readdirSync(pathOf('')).filter((file) => file.startsWith(`${segment.file}+`)).length;

describe('handles', () => {
  test('arrive as another object on the same memory', () => {
    const box = new Box();
    box.segment.words[100] = 42;
    const received = travel({ deep: [box] }, carrier).deep[0];
    expect(received).toBeInstanceOf(Box);
    expect(received).not.toBe(box);
    received.segment.words[101] = 43;
    expect([received.segment.words[100], box.segment.words[101]]).toEqual([42, 43]);
    expect(pins()).toBe(0);
    box.segment.close();
    received.segment.close();
  });

  test('keep their memory while they travel, whatever the sender does', () => {
    const box = new Box();
    const { file } = box.segment;
    const message = new Uint8Array(encode(box, carrier).bytes);
    expect(pins()).toBe(1);
    box.segment.close();
    expect(existsSync(pathOf(file))).toBe(true);
    const received = decode(message, carrier) as Box;
    expect(pins()).toBe(0);
    received.segment.close();
    expect(existsSync(pathOf(file))).toBe(false);
  });

  test('let go of it when the message is dropped', () => {
    const box = new Box();
    const { file } = box.segment;
    const message = new Uint8Array(encode([box, box], carrier).bytes);
    box.segment.close();
    dropMessage(message, carrier);
    expect([pins(), existsSync(pathOf(file))]).toEqual([0, false]);
  });

  test('a refusal elsewhere in the value lets go of what was pinned', () => {
    const box = new Box();
    expect(() => encode({ box, f() {} }, carrier)).toThrow(SerializationError);
    expect(pins()).toBe(0);
    box.segment.close();
  });

  test('a message that fails after one handle lets go of the others', () => {
    const [first, second] = [new Box(), new Box()];
    const message = Buffer.from(encode({ first, second }, carrier).bytes);
    const { file } = second.segment;
    // The second handle's data is damaged on the way.
    message.write('x', message.lastIndexOf(file, message.lastIndexOf(file) - 1) + 3);
    first.segment.close();
    second.segment.close();
    expect(() => decode(message, carrier)).toThrow();
    expect(pins()).toBe(0);
    for (const box of opened) box.segment.close();
    expect(existsSync(pathOf(file))).toBe(false);
  });

  test('are refused on a carrier that leaves the machine', () => {
    const remote: Carrier = { ...carrier, local: false };
    const box = new Box();
    expect(() => encode({ box }, remote)).toThrow(/value\.box/);
    const message = new Uint8Array(encode(box, carrier).bytes);
    expect(() => decode(message, remote)).toThrow(/memory is on the sender's machine/);
    (decode(message, carrier) as Box).segment.close();
    box.segment.close();
  });

  test('need their package: one outside of the closed list is never looked for', () => {
    const strange = new Strange('child_process');
    const message = new Uint8Array(encode(strange, carrier).bytes);
    expect(() => decode(message, carrier)).toThrow(/unknown kind "child_process"/);
    const absent = new Strange('connection');
    // These tests run from a folder that sees every package.
    const [, program] = process.argv;
    process.argv[1] = '/program.js';
    let error: unknown;
    try {
      decode(new Uint8Array(encode(absent, carrier).bytes), carrier);
    } catch (thrown) {
      error = thrown;
    } finally {
      process.argv[1] = program;
    }
    expect(error).toMatchObject({ code: 'ERR_MP_PACKAGE_MISSING' });
    expect(String(error)).toContain('npm install @mp/pipe');
  });

  test('what says why it cannot travel is refused with that reason', () => {
    const value = { pool: new Stays() };
    expect(() => encode(value, carrier)).toThrow(/value\.pool cannot travel: a Pool stays where it is/);
  });
});

describe('views of a segment', () => {
  test('share its memory', () => {
    const memory = Segment.create({ kind: 'memory', version: 1, size: pageSize() + 4096 });
    const view = new Float64Array(memory.buffer, 512, 4);
    view[1] = 0.5;
    const received = travel({ view }, carrier).view;
    expect([received.constructor, received.length, received[1]]).toEqual([Float64Array, 4, 0.5]);
    received[2] = 7;
    expect(view[2]).toBe(7);
    (threadState.segmentBuffers.get(received.buffer) as Segment).close();
    memory.close();
  });
});
