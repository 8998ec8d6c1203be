import { leakCheck } from '@mp/testing';
import { describe, expect, it } from 'vitest';
import { KINDS, run } from './program.ts';

leakCheck();

describe.each(KINDS)('in a pool of workers of kind %s', (kind) => {
  async function scene(name: string, execArgv: string[] = []) {
    const { lines, stderr, code } = await run('errors.mjs', { kind, args: [name], execArgv });
    expect(code, stderr).toBe(0);
    const joined = lines.lastIndexOf(true);
    expect(joined).toBeGreaterThanOrEqual(0);
    lines.splice(joined, 1);
    return { lines, stderr };
  }

  describe('the error of a task', () => {
    it('arrives as itself, with the place where it was thrown', async () => {
      const [known, own, withFunction, ...others] = (await scene('thrown')).lines;
      expect(known.error).toMatchObject({ class: 'RangeError', message: 'no x', cause: 'a cause' });
      expect(known.error.stack).toMatch(/^RangeError: no x\n {4}at .*failing.*tasks\.mjs:\d+:\d+/);
      expect(own.error).toMatchObject({ class: 'RemoteError', message: 'own class' });
      expect(own.error.stack).toMatch(/^Mishap: own class\n {4}at .*tasks\.mjs/);
      expect(withFunction.error).toMatchObject({ class: 'Error', message: 'it has a function' });
      expect(others).toEqual([
        ['rejected', 'text'],
        ['rejected', 'null'],
        ['rejected', 'undefined'],
        ['rejected', 'ERR_MP_SERIALIZATION'],
      ]);
    });

    it('rejects a map with the first one, and ends a loop after the results before it', async () => {
      const [map, imap] = (await scene('in a map')).lines;
      expect(map.error).toMatchObject({ class: 'TypeError', message: expect.stringMatching(/^odd: [35]$/) });
      expect(imap).toEqual([[0, 2, 4], 'odd: 5']);
    });

    it('rejects a map only when all its tasks have ended', async () => {
      const [[waited, length]] = (await scene('not fail-fast')).lines;
      expect(waited).toBe(true);
      expect(length).toBe(1 << 20);
    });
  });

  describe('what cannot be sent', () => {
    it('as an argument rejects that work alone, with its path', async () => {
      const [apply, map, imap, usable] = (await scene('unserialisable arguments')).lines;
      expect(apply.error).toMatchObject({ code: 'ERR_MP_SERIALIZATION', path: 'args[0]' });
      expect(map.error).toMatchObject({ code: 'ERR_MP_SERIALIZATION', path: 'items[1]' });
      expect(imap).toEqual([[1], 'items[0]']);
      expect(usable).toBe(16);
    });

    it('as a result rejects that work alone, and costs no worker', async () => {
      const { lines, stderr } = await scene('unserialisable results');
      expect(lines).toEqual([
        expect.objectContaining({ code: 'ERR_MP_SERIALIZATION', path: 'result.deep[0]' }),
        true,
        16,
      ]);
      expect(stderr).toBe('');
    });
  });

  describe('an error that nobody looks at', () => {
    it('is one warning for all, and never an unhandled rejection', async () => {
      const { lines, stderr } = await scene('unseen errors', ['--no-warnings']);
      expect(stderr).toBe('');
      expect(lines).toEqual([
        false,
        {
          name: 'MpWarning',
          code: 'MP_UNSEEN_ERROR',
          message: expect.stringMatching(
            /^Nobody looked at the error of a pool result \(and 1 more\): RangeError: no [12]$/,
          ),
          detail: expect.stringContaining('tasks.mjs'),
        },
      ]);
    });

    it('is none when somebody does after the pool has ended', async () => {
      expect((await scene('seen after join')).lines).toEqual(['no x']);
    });

    it('is none when somebody does later', async () => {
      expect((await scene('seen late')).lines).toEqual([
        'no x',
        expect.stringMatching(/no [12]/),
        expect.stringMatching(/no [12]/),
      ]);
    });
  });

  it('what onProgress throws fails its map only', async () => {
    expect((await scene('throwing onProgress')).lines).toEqual(['of onProgress', 16]);
  });
});
