import {
  BODY,
  type Readiness,
  Segment,
  WAITABLE,
  type Waitable,
  WaiterTable,
  WaitLine,
  waitAny,
  waiterTableWords,
} from '@mp/core/internal';
import { leakCheck } from '@mp/testing';
import { afterEach, expect, test } from 'vitest';

leakCheck();

const open: Gate[] = [];

afterEach(() => {
  for (const gate of open.splice(0)) gate.segment.close();
});

/** The least that can be waited for: a word, and the waiters until it is 1. */
class Gate implements Waitable {
  readonly segment: Segment;
  readonly waiters: WaiterTable;

  constructor() {
    this.segment = Segment.create({ kind: 'event', version: 1, size: (BODY + 16 + waiterTableWords(8)) * 4 });
    this.waiters = new WaiterTable(this.segment.words, BODY + 16, 8);
    open.push(this);
  }

  get isOpen(): boolean {
    return Atomics.load(this.segment.words, BODY) === 1;
  }

  open(): void {
    this.waiters.beginNotify();
    Atomics.store(this.segment.words, BODY, 1);
    if (this.waiters.announced && this.waiters.notify(1) === 0) this.waiters.settle();
    this.waiters.endNotify();
  }

  /** Waits for it and closes it again: only one can. */
  pass(): Promise<true | undefined> {
    return new WaitLine(this.waiters).wait(() => this.take(), Infinity);
  }

  take(): true | undefined {
    return Atomics.compareExchange(this.segment.words, BODY, 1, 0) === 1 || undefined;
  }

  [WAITABLE](): Readiness {
    return { isReady: () => this.isOpen, waiters: this.waiters };
  }
}

test('answers those that are ready at once, in the given order', async () => {
  const gates = [new Gate(), new Gate(), new Gate()];
  gates[2].open();
  gates[0].open();
  expect(await waitAny(gates)).toEqual([gates[0], gates[2]]);
});

test('waits for the first of several', async () => {
  const [first, second] = [new Gate(), new Gate()];
  const waiting = waitAny([first, second]);
  second.open();
  expect(await waiting).toEqual([second]);
  expect(first.waiters.size + second.waiters.size).toBe(0);
  expect(second.waiters.rescued).toBe(0);
});

test('answers none at its timeout', async () => {
  const gate = new Gate();
  expect(await waitAny([gate], { timeout: 20 })).toEqual([]);
  expect(await waitAny([gate], { timeout: 0 })).toEqual([]);
  expect(await waitAny([], { timeout: 5 })).toEqual([]);
  expect(gate.waiters.size).toBe(0);
});

test('rejects with the reason of its signal', async () => {
  const gate = new Gate();
  const controller = new AbortController();
  const waiting = waitAny([gate], { signal: controller.signal });
  const reason = new Error('enough');
  controller.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  expect(gate.waiters.size).toBe(0);
});

test('an observer takes nothing: the wake that chose it reaches who waits behind it', async () => {
  const gate = new Gate();
  const seen = waitAny([gate]);
  const passed = gate.pass();
  gate.open();
  expect(await passed).toBe(true);
  // Whether it saw the gate before it was closed again is a matter of luck; that it waits on is not.
  gate.open();
  expect(await seen).toEqual([gate]);
  expect(gate.waiters.rescued).toBe(0);
});

test('takes what the event loop tells', async () => {
  let tell = () => {};
  let ready = false;
  const event: Waitable = {
    [WAITABLE]: () => ({
      isReady: () => ready,
      whenReady: (run) => {
        tell = run;
        return () => {
          tell = () => {};
        };
      },
    }),
  };
  const waiting = waitAny([event, new Gate()]);
  ready = true;
  tell();
  expect(await waiting).toEqual([event]);
});

test('a periodic look finds what nobody announced', async () => {
  const gate = new Gate();
  const seen = waitAny([gate]);
  // As a process leaves it that was killed before it could wake anybody.
  Atomics.store(gate.segment.words, BODY, 1);
  expect(await seen).toEqual([gate]);
});
