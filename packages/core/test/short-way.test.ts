import {
  BODY,
  NOT_SENT,
  pathOf,
  RecordRing,
  RING_WORDS,
  SENT,
  Segment,
  ShortWay,
  TAKES_BYTES,
  thisAgent,
  threadState,
  WaiterTable,
  waiterTableWords,
} from '@mp/core/internal';
import * as native from '@mp/native';
import { type Fixture, leakCheck, spawnFixture } from '@mp/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';

leakCheck();

const CAPACITY = 4;
const TABLE = waiterTableWords(CAPACITY);
const FAR = BODY;
const WAITERS = BODY + 16;
const FAR_WAITERS = WAITERS + TABLE;
const SENDERS = FAR_WAITERS + TABLE;
const OUT = SENDERS + TABLE;
const IN = OUT + RING_WORDS;
const FIRST_OUT = IN + RING_WORDS;
const RING_BYTES = 512;
const FIRST_IN = FIRST_OUT + RING_BYTES / 4;
const WORDS = FIRST_IN + RING_BYTES / 4;

/** Of a waiter table, of a ring, and of an agent's page. */
const NOTIFIERS = 3;
const ENTRIES = 16;
const NOTIFIED = 1 << 30;
const SEEN = 12;
const RUNG = BODY;
/** Of the words that are shared with the native part. */
const MORE = 3;

/** One end of a line, with the rings as both ends have them. */
class Line {
  readonly segment = Segment.create({ kind: 'event', version: 1, size: WORDS * 4 });
  readonly words = this.segment.words;
  readonly waiters = new WaiterTable(this.words, WAITERS, CAPACITY);
  readonly farWaiters = new WaiterTable(this.words, FAR_WAITERS, CAPACITY);
  readonly out = this.#ring(OUT, FIRST_OUT);
  readonly outRead = this.#ring(OUT, FIRST_OUT);
  readonly in = this.#ring(IN, FIRST_IN);
  readonly inWritten = this.#ring(IN, FIRST_IN);
  readonly bytes = new Uint8Array(256);
  readonly got: { length: unknown; left: boolean }[] = [];
  /** What was called, in order. */
  readonly calls: string[] = [];
  shortWay: ShortWay | undefined;

  constructor() {
    this.words[FAR] = 1;
  }

  #ring(control: number, first: number): RecordRing {
    return new RecordRing(this.segment, control, first, RING_BYTES);
  }

  open(): ShortWay {
    const { segment, bytes } = this;
    const places = {
      out: [OUT, FIRST_OUT],
      in: [IN, FIRST_IN],
      ringBytes: RING_BYTES,
      waiters: WAITERS,
      farWaiters: FAR_WAITERS,
      capacity: CAPACITY,
    } as const;
    const onMore = () => this.calls.push('senders');
    const taking = { bytes, farSenders: SENDERS, onMore, far: FAR };
    return new ShortWay(segment.buffer, this, places, taking);
  }

  deliver(length: unknown, left: boolean): void {
    this.got.push({ length, left });
    this.calls.push('message');
  }

  sendLong(payload: Uint8Array, flags: number): void {
    this.out.append(payload, flags);
    this.farWaiters.beginNotify();
    this.out.commit();
    this.farWaiters.notify(CAPACITY);
    this.farWaiters.endNotify();
  }

  /** All that both ways leave; how often a notifier began, and what a writer saw, may differ. */
  get state(): number[] {
    const words = [...this.words.subarray(BODY)];
    for (const table of [WAITERS, FAR_WAITERS]) words[table + NOTIFIERS - BODY] &= 0xffff;
    for (const ring of [OUT, IN]) words.fill(0, ring + SEEN - BODY, ring + SEEN - BODY + 2);
    return words;
  }

  /** Where the next record is laid, in bytes. */
  get tail(): number {
    return this.words[OUT + 4 + (this.words[OUT] & 1) * 4 + 1];
  }

  choose(entry: number): void {
    Atomics.or(this.words, entry, NOTIFIED);
  }

  readOut(): Uint8Array | undefined {
    const record = this.outRead.peek();
    if (record === undefined) return undefined;
    const bytes = Uint8Array.from(record.source.subarray(record.start, record.end));
    this.outRead.take(record);
    return bytes;
  }

  close(): void {
    this.shortWay?.close();
    this.segment.close();
  }
}

let long: Line;
let short: Line;
let far: Fixture;
let farAgent: number;
let bell: native.Bell | undefined;

beforeEach(async () => {
  long = new Line();
  short = new Line();
  short.open();
  const files = [long, short].map(({ segment }) => segment.file).join();
  far = spawnFixture(new URL('./fixtures/wait-stopped.mjs', import.meta.url), {
    args: [files, String(FAR_WAITERS)],
  });
  farAgent = Number(await far.line());
});

afterEach(async () => {
  await far.kill();
  native.peerForget(farAgent);
  if (bell !== undefined) native.bellClose(bell);
  bell = undefined;
  expect(thisAgent().isAlive(farAgent)).toBe(false);
  long.close();
  short.close();
});

const farPage = () => thisAgent().wordsOf(farAgent) as Int32Array;

/** The agent over there looks as if it had come back to its waits. */
function waitAgain(): void {
  for (const { words } of [long, short]) Atomics.and(words, FAR_WAITERS + ENTRIES, ~NOTIFIED);
  Atomics.store(farPage(), RUNG, 0);
}

function know(): void {
  const path = pathOf(`d-${farAgent}`);
  bell = native.bellOpen(path);
  native.peerKnow(farAgent, farPage().buffer as ArrayBuffer, RUNG * 4, path, bell);
}

const payloadOf = (length: number) => Uint8Array.from({ length }, (_, index) => (index * 7 + length) & 255);

test('what the short way of a send stores is what the long way stores, all round the ring', () => {
  know();
  let sent = 0;
  for (let round = 0; round < 60; round++) {
    const payload = payloadOf((round * 37) % 230);
    long.sendLong(payload, round);
    expect(Atomics.load(farPage(), RUNG)).toBe(1);
    const { written } = short.out;
    const place = short.tail;
    Atomics.store(farPage(), RUNG, 0);
    const answer = short.shortWay?.send(payload, payload.length, round);
    if (answer === SENT) {
      sent++;
      expect(Atomics.load(farPage(), RUNG)).toBe(1);
      // A writer in JavaScript reads there how far it may go.
      expect(short.segment.floats[(OUT + SEEN) / 2]).toBe(place / 8);
    } else {
      expect([answer, short.out.written]).toEqual([NOT_SENT, written]);
      short.sendLong(payload, round);
    }
    expect(short.state).toEqual(long.state);
    expect(short.outRead.peek()?.flags).toBe(round);
    expect([long.readOut(), short.readOut()]).toEqual([payload, payload]);
    expect(short.state).toEqual(long.state);
    waitAgain();
  }
  // The others went on at the beginning of the ring.
  expect(sent).toBeGreaterThan(40);
});

test('a length that no word holds is refused', () => {
  know();
  expect(() => short.shortWay?.send(payloadOf(9), 2 ** 32 + 3, 1)).toThrow(RangeError);
  expect(short.out.written).toBe(0);
});

test('a wake by the short way chooses and rings as one by the long way does', () => {
  know();
  for (const line of [long, short]) {
    line.out.append(payloadOf(5), 1);
    line.out.commit();
  }
  long.farWaiters.notify(1);
  Atomics.store(farPage(), RUNG, 0);
  expect(short.shortWay?.wake()).toBe(true);
  expect(Atomics.load(farPage(), RUNG)).toBe(1);
  expect(short.state).toEqual(long.state);
  expect(short.shortWay?.wake()).toBe(false);
});

test('the short way of a wait enters, takes and leaves as the long way does, all round the ring', () => {
  const me = thisAgent().wordsOf(thisAgent().id) as Int32Array;
  for (let round = 0; round < 60; round++) {
    const payload = payloadOf((round * 37) % 230);
    const entry = long.waiters.enter(1);
    long.waiters.announce();
    expect(short.shortWay?.enter(TAKES_BYTES)).toBe(entry);
    expect(short.state).toEqual(long.state);
    for (const line of [long, short]) {
      line.inWritten.append(payload, round);
      line.inWritten.commit();
      line.choose(entry);
    }
    long.waiters.beginTry(entry);
    const record = long.in.peek();
    if (record !== undefined) long.in.take(record);
    long.waiters.endTry(entry);
    long.waiters.leave(entry);
    Atomics.store(me, RUNG, 1);
    expect(short.shortWay?.isArmed).toBe(true);
    expect(short.shortWay?.sleep(0, 5)).toBe(true);
    if (short.got.length === 0) {
      // A mark stood there: the reader goes on at the beginning of the ring.
      expect(short.state).not.toEqual(long.state);
      short.waiters.beginTry(entry);
      const marked = short.in.peek();
      if (marked !== undefined) short.in.take(marked);
      short.waiters.endTry(entry);
      short.waiters.leave(entry);
      short.shortWay?.arm(0, TAKES_BYTES);
    } else {
      expect(short.got.splice(0)).toEqual([{ length: payload.length, left: true }]);
      expect(short.bytes.subarray(0, payload.length)).toEqual(payload);
    }
    expect(short.state).toEqual(long.state);
  }
});

test.each<[string, (line: Line) => void]>([
  ['an agent that is not known waits', () => native.peerForget(farAgent)],
  ['nobody is announced', ({ words }) => Atomics.store(words, FAR_WAITERS, 0)],
  ['the waiter was chosen before', (line) => line.choose(FAR_WAITERS + ENTRIES)],
  ['another agent waits beside it', ({ words }) => Atomics.store(words, FAR_WAITERS + ENTRIES + 4, 77)],
  ['something is there already', ({ out }) => put(out)],
  ['a writer was killed while it made a large record', ({ words }) => Atomics.store(words, OUT + 36, 9)],
  ['the ring goes on in a satellite', ({ words }) => words.fill(3, OUT + 4, OUT + 5)],
])('a send is left to the long way, and nothing is changed, when %s', (_, make) => {
  know();
  short.words[FAR_WAITERS + 4] = 2;
  make(short);
  const before = [...short.words];
  const payload = payloadOf(9);
  expect(short.shortWay?.send(payload, payload.length, 1)).toBe(NOT_SENT);
  expect([...short.words]).toEqual(before);
});

function put(ring: RecordRing): void {
  ring.append(payloadOf(3), 0);
  ring.commit();
}

test.each<[string, (line: Line) => void]>([
  ['there is something', ({ inWritten }) => put(inWritten)],
  ['the other end was closed', ({ words }) => Atomics.store(words, FAR, 0)],
  [
    'the table is full',
    ({ words }) => [0, 4, 8, 12].map((at) => Atomics.store(words, WAITERS + ENTRIES + at, 77)),
  ],
])('a wait is left to the long way, and nothing is changed, when %s', (_, make) => {
  make(short);
  const before = [...short.words];
  expect(short.shortWay?.enter(TAKES_BYTES)).toBe(0);
  expect([...short.words]).toEqual(before);
});

test('a message is left to the long way while somebody waits for space, which that wakes', () => {
  short.shortWay?.enter(TAKES_BYTES);
  put(short.inWritten);
  short.choose(WAITERS + ENTRIES);
  Atomics.store(short.words, SENDERS, 1);
  Atomics.store(thisAgent().wordsOf(thisAgent().id) as Int32Array, RUNG, 1);
  expect(short.shortWay?.sleep(0, 5)).toBe(true);
  expect([short.got, short.in.written - short.in.taken]).toEqual([[], 1]);
});

test('those that wait for space are woken before a wait gets its message, with which code of the user may run', () => {
  const { control } = threadState.singletons.get('short-ways') as { control: Int32Array };
  control[MORE] = 1;
  short.shortWay?.deliver();
  expect(short.calls).toEqual(['senders', 'message']);
});

test('a line that was closed, or whose segment was, does nothing', () => {
  const { shortWay } = short;
  short.segment.close();
  expect(() => shortWay?.send(payloadOf(1), 1, 0)).toThrow('that is open');
  shortWay?.close();
  expect([shortWay?.send(payloadOf(1), 1, 0), shortWay?.wake(), shortWay?.isArmed]).toEqual([
    0,
    false,
    false,
  ]);
});
