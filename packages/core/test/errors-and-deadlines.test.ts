import { copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as core from '@mp/core';
import { atDeadline, deadlineIn, deadlineOf, timeLeft } from '@mp/core/internal';
import { leakCheck } from '@mp/testing';
import { afterEach, describe, expect, test, vi } from 'vitest';

leakCheck();

const DIST = fileURLToPath(new URL('../dist/', import.meta.url));

describe('errors', () => {
  test('each has its name and its code', () => {
    const timeout = new core.TimeoutError('late');
    expect([timeout.name, timeout.code, timeout.message]).toEqual(['TimeoutError', 'ERR_MP_TIMEOUT', 'late']);
    expect(timeout).toBeInstanceOf(core.MpError);
    expect(timeout).toBeInstanceOf(Error);
    expect(timeout).not.toBeInstanceOf(core.ClosedError);
    expect(new Error('x')).not.toBeInstanceOf(core.MpError);
    expect(Object.keys(timeout)).toEqual(['code']);
  });

  test('instanceof holds between two copies of the package, and for classes below them', async () => {
    // A second copy lies beside the first, where its imports resolve, under another name.
    const copy = mkdtempSync(join(DIST, 'copy-'));
    for (const file of readdirSync(DIST)) {
      if (/\.js(\.map)?$/.test(file)) copyFileSync(join(DIST, file), join(copy, file));
    }
    writeFileSync(join(copy, 'package.json'), '{"type":"module"}');
    try {
      const other = (await import(pathToFileURL(join(copy, 'index.js')).href)) as typeof core;
      expect(other.TimeoutError).not.toBe(core.TimeoutError);
      expect(new other.TimeoutError('x')).toBeInstanceOf(core.TimeoutError);
      expect(new core.ClosedError('x')).toBeInstanceOf(other.MpError);
      expect(new other.ClosedError('x')).not.toBeInstanceOf(core.TimeoutError);
      class Mine extends core.TimeoutError {}
      expect(new Mine('x')).toBeInstanceOf(other.TimeoutError);
      expect(new core.TimeoutError('x')).not.toBeInstanceOf(Mine);
    } finally {
      rmSync(copy, { recursive: true });
    }
  });
});

describe('deadlines', () => {
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  test('are moments; no timeout is never, none left is at once', () => {
    expect(deadlineIn(undefined)).toBe(Number.POSITIVE_INFINITY);
    expect(deadlineIn(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
    expect([deadlineIn(0), deadlineIn(-5)]).toEqual([Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]);
    expect(deadlineIn(1_000) - performance.now()).toBeGreaterThan(900);
    expect([timeLeft(Number.NEGATIVE_INFINITY), timeLeft(performance.now() - 5)]).toEqual([0, 0]);
  });

  test('refuse what is no time', () => {
    expect(() => deadlineIn(Number.NaN)).toThrow(RangeError);
    expect(() => deadlineIn('5' as never)).toThrow(/milliseconds, not a string/);
    expect(() => deadlineOf(5 as never)).toThrow(/options must be an object/);
    expect(() => deadlineOf({ signal: {} as never })).toThrow(/signal must be an AbortSignal/);
    const reason = new Error('enough');
    expect(() => deadlineOf({ signal: AbortSignal.abort(reason) })).toThrow(reason);
  });

  test('a timer that is early is not the end of a wait', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const now = vi.spyOn(performance, 'now').mockReturnValue(1_000);
    const run = vi.fn();
    atDeadline(deadlineIn(5), run);
    now.mockReturnValue(1_004.7);
    vi.advanceTimersByTime(5);
    expect(run).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(run).not.toHaveBeenCalled();
    now.mockReturnValue(1_005);
    vi.advanceTimersByTime(1);
    expect(run).toHaveBeenCalledTimes(1);
  });

  test('timers of a test end a wait, also when the clock stands still', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const run = vi.fn();
    atDeadline(deadlineIn(30_000), run);
    vi.advanceTimersByTime(30_001);
    expect(run).toHaveBeenCalledTimes(1);
  });

  test('beyond the longest timer of Node they still come, once', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const run = vi.fn();
    const days = 24 * 3_600_000;
    atDeadline(deadlineIn(60 * days), run);
    vi.advanceTimersByTime(59 * days);
    expect(run).not.toHaveBeenCalled();
    vi.advanceTimersByTime(2 * days);
    expect(run).toHaveBeenCalledTimes(1);
    const cancel = atDeadline(deadlineIn(60 * days), run);
    vi.advanceTimersByTime(30 * days);
    cancel();
    vi.advanceTimersByTime(60 * days);
    expect(run).toHaveBeenCalledTimes(1);
  });
});
