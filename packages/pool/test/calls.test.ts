import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leakCheck } from '@mp/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { KINDS, run } from './program.ts';

leakCheck();

describe.each(KINDS)('a call that a %s does', (kind) => {
  /** Runs a scene. @returns what it printed, once it has ended well */
  async function scene(name: string) {
    const folder = mkdtempSync(join(tmpdir(), 'mp-pool-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const { lines, stderr, code } = await run('calls.mjs', {
      kind,
      args: [name, folder],
      execArgv: ['--expose-gc'],
    });
    expect(code, stderr).toBe(0);
    expect(stderr).toBe('');
    expect(lines.pop()).toBe(true);
    return lines;
  }

  describe('when it is cancelled', () => {
    it('before it begins, never runs', async () => {
      expect(await scene('cancelled before it begins')).toEqual([true, [true, false, false], true, true]);
    });

    it('is asked to stop, also in a loop that lets no event loop turn', async () => {
      const lines = await scene('cancelled while it runs');
      expect(lines).toEqual([true, 'AbortError', true, 'AbortError', ['AbortError', 'asked'], true]);
    });

    it('and does not hear, costs its worker, and nothing else', async () => {
      expect(await scene('cancelled and deaf')).toEqual(['why', false]);
    });

    it('as it begins, costs its worker, however late the answers of the calls before it are read', async () => {
      const round = [true, [0, 1, 4]];
      expect(await scene('cancelled as it begins')).toEqual([...round, ...round, ...round, false]);
    });

    it('is let go of at once, however long others run', async () => {
      const even = [18, 16, 14, 12, 10, 8, 6, 4, 2];
      const rest = [0, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19];
      expect(await scene('cancelled by the thousand')).toEqual([true, [20, 21], [...even, ...rest]]);
    });

    it('by a signal, is rejected with its reason, as are maps and loops', async () => {
      expect(await scene('signals')).toEqual([
        'at once',
        'at once',
        ['later', 'later', 'later', 'later'],
        9,
        [[], ['AbortError']],
      ]);
    });

    it('is not told of as an error that nobody looked at', async () => {
      expect(await scene('cancelled and not looked at')).toEqual([]);
    });
  });

  it('may run as long as its taskTimeout, from its beginning, also if it blocks its event loop', async () => {
    expect(await scene('a limit')).toEqual([
      [null, 9],
      ['TimeoutError', 'ERR_MP_TIMEOUT', expect.stringContaining('ran longer than its taskTimeout of 30 ms')],
      ['TimeoutError', 'ERR_MP_TIMEOUT', 'spinForEver ran longer than its taskTimeout of 30 ms'],
      false,
      'TimeoutError',
      [4],
    ]);
  });

  it('leaves no timer behind that would keep the program alive when it never begins', async () => {
    expect(await scene('a limit of what never begins')).toEqual([]);
  });

  it('has kept to its taskTimeout when its answer came in time, whenever that is read', async () => {
    expect(await scene('a limit, and a thread that is busy')).toEqual([9]);
  });

  it('is served by its priority, and in the order of giving among its like', async () => {
    expect(await scene('priorities')).toEqual([[2, 5, 0, 4, 7, 3, 1, 6]]);
  });

  it('of low priority is served before what came so many seconds later', async () => {
    expect(await scene('priorities age')).toEqual([['soon', 'late', 'plain']]);
  });

  it('is served newest first on request', async () => {
    expect(await scene('the newest first')).toEqual([[3, 2, 1, 0]]);
  });

  it('is tried again if it may be, with what was given at first', async () => {
    expect(await scene('retries')).toEqual([
      expect.objectContaining({ name: 'TypeError', message: expect.stringContaining('idempotent: true') }),
      1,
      3,
      [1, 2, 3],
      'attempt 2',
      3,
      'ERR_MP_WORKER_DIED',
      [2],
    ]);
  });

  it('with a key runs where that key is at home, in order', async () => {
    expect(await scene('keys')).toEqual([
      3,
      3,
      [40, true],
      [40, true],
      [40, true],
      'ERR_MP_WORKER_DIED',
      [true, false],
    ]);
  });

  it('with a key keeps its order while workers are replaced', async () => {
    expect(await scene('keys while workers are replaced')).toEqual([true, true]);
  });

  it('takes no longer because many had other keys', async () => {
    expect(await scene('many keys')).toEqual([100_000, true]);
  });

  it('tells of its progress', async () => {
    expect(await scene('progress')).toEqual([
      'TypeError',
      [1, 'two', { three: 3 }],
      'TypeError',
      'progress.f',
      'of onProgress',
      [],
      [false, 1, 'none', 'nothing'],
      9,
    ]);
  });

  it('is refused at once when its options are wrong', async () => {
    const lines = await scene('refused');
    expect(lines.pop()).toBe(9);
    const messages = [
      /^TypeError signal must be an AbortSignal, not number/,
      /^TypeError signal must be an AbortSignal, not null/,
      /^RangeError taskTimeout must be more than 0 ms, not 0/,
      /^TypeError taskTimeout /,
      /^TypeError priority must be a number, not a string/,
      /^RangeError priority must be a finite number, not NaN/,
      /^RangeError retries must be a whole number from 0 to 1000000, not -1/,
      /^RangeError retries .* not 1.5/,
      /^TypeError traceparent must be a string, not a number/,
      /^TypeError onProgress must be a function, not a number/,
      /^TypeError .*prioritty.*priority/,
      /^TypeError options must be an object/,
    ];
    expect(lines).toHaveLength(messages.length);
    for (const [index, line] of lines.entries()) expect(line).toMatch(messages[index]);
  });
});
