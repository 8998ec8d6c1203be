import type { SegmentPlan } from '@mp/core/internal';
import type { Machine } from './machine.ts';
import type { Timer } from './model-agent.ts';
import { Promised } from './promised.ts';
import { arrayMethod, isSteps, now, run, type Steps, type Stop } from './steps.ts';

/** The globals that step code finds: see step-code.ts. */
export function globalsOf(machine: Machine): Record<string, unknown> {
  const saw = (value: number | bigint | undefined) => {
    const { current } = machine;
    if (typeof value === 'bigint') {
      current.saw(Number(value & 0xffffffffn));
      current.saw(Number(value >> 32n));
    } else current.saw(value ?? -7);
  };
  const timer = (callback: () => unknown, delay: number, every: number | undefined): Timer => {
    const made = { at: machine.current.clock + delay, every, run: callback, unref: () => {} };
    machine.current.timers.push(made);
    return made;
  };
  const clear = (made: Timer | undefined) => {
    const { timers } = machine.current;
    if (made !== undefined && timers.includes(made)) timers.splice(timers.indexOf(made), 1);
  };
  return {
    __is: isSteps,
    __now: now,
    __array: arrayMethod,
    __seen: (value: number | bigint) => {
      saw(value);
      return value;
    },
    __get: (array: Int32Array, at: number) => {
      saw(array[at]);
      return array[at];
    },
    __put: (array: Int32Array, at: number, value: number) => {
      array[at] = value;
      return value;
    },
    __prop: (object: Record<string, unknown>, name: string, optional = false) => {
      if (optional && (object === undefined || object === null)) return undefined;
      const getter = object[`$get_${name}`];
      return typeof getter === 'function' ? getter.call(object) : object[name];
    },
    __assign: (object: Record<string, unknown>, name: string, value: unknown) => {
      const setter = object[`$set_${name}`];
      if (typeof setter === 'function') return setter.call(object, value);
      object[name] = value;
      return value;
    },
    // What spins reads a word again and again: such a read is what it naps for.
    Atomics: Object.create(Atomics, {
      load: {
        value: (array: Int32Array, at: number) => {
          const value = Atomics.load(array, at);
          machine.current.read = { array, at, value };
          return value;
        },
      },
    }),
    __nap: () => machine.nap(),
    __async: (body: () => Steps) => machine.async(body),
    *__await(value: unknown): Generator<Stop, unknown, unknown> {
      return yield value instanceof Promised ? value : Promised.of(machine.current.jobs, value);
    },
    *__promise(executor: (...settle: unknown[]) => unknown): Steps<Promised> {
      const promise = new Promised(machine.current.jobs);
      try {
        yield* run(executor(promise.resolve, promise.reject));
      } catch (error) {
        promise.reject(error);
      }
      return promise;
    },
    Promise: {
      resolve: (value: unknown) => Promised.of(machine.current.jobs, value),
      reject: (error: unknown) => {
        const promise = new Promised(machine.current.jobs);
        promise.reject(error);
        return promise;
      },
    },
    performance: { now: () => machine.current.clock },
    Date: class extends Date {
      static override now = () => machine.current.clock;
    },
    setTimeout: (callback: () => unknown, delay: number) => timer(callback, delay, undefined),
    setInterval: (callback: () => unknown, delay: number) => timer(callback, delay, delay),
    clearTimeout: clear,
    clearInterval: clear,
    setImmediate: (callback: () => unknown) => machine.current.immediates.push(callback),
    queueMicrotask: (callback: () => unknown) => machine.current.jobs.push(() => run(callback())),
  };
}

/** Modules that the model has in place of the real ones. */
export function replacementsOf(machine: Machine): Record<string, Record<string, unknown>> {
  const pages = new Map<string, { buffer: ArrayBuffer; index: number }>();
  const isDead = (index: number) => machine.agents[index]?.state === 'killed';
  const page = (path: string) => pages.get(path.replace('d-', 'a-'));
  function* ring(path: string): Steps<boolean> {
    yield place('datagram');
    const agent = machine.agents[page(path)?.index ?? -1];
    const reached = agent?.onRing !== undefined && agent.state !== 'killed';
    if (reached) {
      agent.datagrams++;
      if (agent.sleep?.buffer === DOORBELL) agent.woken = true;
    }
    machine.current.saw(reached ? 1 : 0);
    return reached;
  }
  const native = {
    LOCK_EXCLUSIVE: 0,
    LOCK_NONE: 0,
    LOCK_SHARED: 0,
    UNLINK: 0,
    KEEP: 0,
    create(path: string, size: number) {
      const buffer = machine.allocate(Math.min(size, 512));
      new Int32Array(buffer)[2] = 1;
      pages.set(path, { buffer, index: Number(path.slice(2)) - 1 });
      return buffer;
    },
    attach: (path: string) => page(path)?.buffer,
    detach() {},
    *futexWait(buffer: ArrayBuffer, byte: number, expected: number, milliseconds: number): Steps<void> {
      machine.current.forget();
      yield place('futex wait');
      const sleeps = new Int32Array(buffer)[byte / 4] === expected;
      machine.current.saw(sleeps ? 1 : 0);
      if (sleeps) yield* machine.sleep(buffer, byte, milliseconds);
    },
    *futexWake(buffer: ArrayBuffer, byte: number): Steps<void> {
      yield place('futex wake');
      machine.wake(buffer, byte);
    },
    // A mutant makes agents sleep at their doorbells instead.
    backend: () => 'linux',
    *doorbellWait(buffer: ArrayBuffer, byte: number, expected: number, milliseconds: number): Steps<void> {
      const { current } = machine;
      current.forget();
      yield place('doorbell word');
      const sleeps = new Int32Array(buffer)[byte / 4] === expected;
      current.saw(sleeps ? 1 : 0);
      if (sleeps) {
        yield place('doorbell poll');
        if (current.datagrams === 0) yield* machine.sleep(DOORBELL, 0, milliseconds);
      }
      current.saw(current.datagrams);
      if (current.datagrams > 0) current.datagrams--;
    },
    doorbellOpen(_path: string, onRing: () => unknown, afterRing: () => unknown) {
      machine.current.onRing = onRing;
      machine.current.afterRing = afterRing;
    },
    doorbellRef() {},
    ring,
    // A bell is its path: for the model it makes no difference how it is found.
    bellOpen: (path: string) => path,
    bellRing: ring,
    bellClose() {},
    peerKnow() {},
    peerForget() {},
    *probe(path: string): Steps<number> {
      yield place('probe');
      const found = isDead(page(path)?.index ?? -1) ? 1 : 2;
      machine.current.saw(found);
      return found;
    },
  };
  return {
    '@mp/native': native,
    'node:async_hooks': { AsyncLocalStorage: NoStorage },
    'node:fs': { unlinkSync() {} },
    'node:os': { availableParallelism: () => 1 },
    'directory.ts': { pathOf: (file: string) => file },
    'random.ts': { randomWord: () => machine.current.index + 1 },
    'segment.ts': {
      Segment: { create: (plan: SegmentPlan) => machine.open(plan), attach: () => machine.opening },
    },
    'system-call.ts': { systemCall: (_what: string, callback: () => unknown) => callback() },
    'turn.ts': { dueTurn: () => undefined },
    'this-thread.ts': { thisThread: () => ({ isMain: true, number: 0 }) },
    'sweep.ts': { scheduleSweep() {} },
    'thread-state.ts': {
      singleton: (name: string, make: () => unknown) => {
        const { singletons } = machine.current;
        if (!singletons.has(name)) singletons.set(name, now(make()));
        return singletons.get(name);
      },
    },
    // No line has one: the model looks at the long way.
    'short-way.ts': { shortWays: () => ({ deliver: () => false }), ShortWay: NoShortWay },
    // Objects have no shapes where messages are numbers.
    'shape.ts': { ShapeTable: Nothing, Shapes: Nothing },
    'handle.ts': {
      HANDLE: Symbol('handle'),
      registerHandle() {},
      registerQueue() {},
      segmentCarrier: () => ({ local: true, pin: () => '', unpin() {} }),
    },
    'trace.ts': { trace() {} },
    'tokens.ts': { tokenOfNow: () => 0, tokenAboveFloor: () => 0, raiseFloor() {} },
  };
}

class Nothing {}

class NoShortWay {
  readonly isOpen = false;

  close(): void {}
}

/** Nothing in the model tells async tasks of one agent apart. */
class NoStorage {
  getStore(): undefined {
    return undefined;
  }

  run<T>(_store: unknown, body: () => T): T {
    return body();
  }
}

/** What an agent sleeps on that sleeps at its doorbell. */
const DOORBELL = new ArrayBuffer(0);

/** Places that are no line of a source. */
const SYSTEM_CALLS = [
  'futex wait',
  'futex wake',
  'datagram',
  'probe',
  'a moment passes',
  'doorbell word',
  'doorbell poll',
];

export function place(what: string): number {
  return -1 - SYSTEM_CALLS.indexOf(what);
}

/** What a place below 0 is. */
export function systemCallAt(stop: number): string {
  return SYSTEM_CALLS[-1 - stop];
}
