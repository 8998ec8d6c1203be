import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { interruptible } from '../src/interrupt.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
let before: Map<NodeJS.Signals, unknown[]>;

beforeEach(() => {
  before = new Map(SIGNALS.map((signal) => [signal, process.listeners(signal)]));
});
afterEach(() => {
  for (const signal of SIGNALS)
    for (const listener of process.listeners(signal))
      if (!before.get(signal)?.includes(listener)) process.off(signal, listener);
});

/** As if the signal had come, and without the process that it could end. */
function tell(signal: NodeJS.Signals): void {
  process.emit(signal, signal);
}

test('work that is not interrupted has its own exit code and error', async () => {
  expect(await interruptible(async () => 3)).toBe(3);
  await expect(interruptible(() => Promise.reject(new RangeError('no')))).rejects.toThrow('no');
});

test('work that goes on to its end has its own exit code, though the signal comes twice at once', async () => {
  const running = interruptible(async (stop) => {
    await once(stop, 'abort');
    return 7;
  });
  // Ctrl-C from the terminal, and passed on by npm. A second one of the user ends the process.
  tell('SIGINT');
  tell('SIGINT');
  expect(await running).toBe(7);
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('work that is broken off by %s has the exit code %i', async (signal, code) => {
  const running = interruptible(async (stop) => {
    await once(stop, 'abort');
    throw new Error('what it waited for is gone');
  });
  tell(signal);
  expect(await running).toBe(code);
});
