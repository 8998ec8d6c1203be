import { spawnFixture } from '@mp/testing';
import { describe, expect, it } from 'vitest';
import { run } from './program.ts';

const BEFORE = { alive: false, active: 0 };
const RUNNING = { pid: 'number', alive: true, active: true };

/** What holds for a child of any kind from its start to its end. */
export function lifeSuite(kind: 'Process' | 'Thread', start = `a ${kind}`): void {
  /** Runs a child that does `deed`. @returns what is known of it at the end */
  async function live(deed: string) {
    const { lines, stderr, code } = await run('life.mjs', { args: [kind, deed] });
    expect(code, stderr).toBe(0);
    const [before, running, ...rest] = lines;
    expect(before).toEqual(BEFORE);
    expect(running).toEqual(RUNNING);
    const [joined, after, error] = rest.slice(-3);
    expect(joined).toBe(true);
    expect(after).toMatchObject({ pid: 'number', alive: false, active: 0 });
    return { said: rest.slice(0, -3), exitCode: after.exitCode, error, stderr };
  }

  describe(`${start} ends with the code of what it did`, () => {
    it.each([
      ['returns', 0, []],
      ['settles', 0, []],
      ['lingers', 0, ['lingered']],
      ['sets exitCode 7', 7, []],
      ['exits 0', 0, []],
      ['exits 9', 9, []],
      ['exits with "8"', 8, []],
      ['exits with nothing', 0, []],
      ['exits with null', 0, []],
      ['runs exit handlers', 0, ['exit handler 0']],
      ['handles what it throws', 0, ['handled: in a timer']],
    ])('%s: %i', async (deed, exitCode, said) => {
      expect(await live(deed)).toEqual({ exitCode, said, error: null, stderr: '' });
    });
  });

  describe(`the error that ends ${start} is told here, and printed once with its name`, () => {
    it('when the task throws', async () => {
      const { exitCode, error, stderr } = await live('throws');
      expect(exitCode).toBe(1);
      expect(error).toMatchObject({
        class: 'RangeError',
        message: 'it throws',
        cause: { message: 'the cause' },
      });
      expect(error.stack).toMatch(/at .*life\.mjs:\d+:\d+/);
      expect(stderr).toMatch(/^the child:\nRangeError: it throws\n {4}at .*life\.mjs:\d+:\d+/);
      expect(stderr).toContain('TypeError: the cause');
      expect(stderr.match(/it throws/g)).toHaveLength(1);
    });

    it('when the task rejects, with an error of its own', async () => {
      const { exitCode, error, stderr } = await live('rejects');
      expect(exitCode).toBe(1);
      expect(error).toMatchObject({ class: 'RemoteError', code: 'ERR_MP_REMOTE', message: 'it rejects' });
      expect(error.stack).toMatch(/^Mishap: it rejects\n {4}at .*life\.mjs/);
      expect(stderr).toMatch(/^the child:\nMishap: it rejects/);
    });

    it('when it throws what is no error', async () => {
      expect(await live('throws text')).toMatchObject({
        exitCode: 1,
        error: 'just text',
        stderr: "the child:\nUncaught 'just text'\n",
      });
      expect(await live('throws nothing')).toMatchObject({
        exitCode: 1,
        stderr: 'the child:\nUncaught undefined\n',
      });
      expect(await live('throws a function')).toMatchObject({
        exitCode: 1,
        error: { message: '[Function (anonymous)]' },
      });
    });

    it.each([
      ['throws in a timer', 'in a timer'],
      ['leaves a rejection', 'nobody cares'],
    ])('when it %s', async (deed, message) => {
      const { exitCode, error, stderr } = await live(deed);
      expect(exitCode).toBe(1);
      expect(error).toMatchObject({ class: 'RangeError', message });
      expect(stderr).toMatch(/^the child:\n/);
      expect(stderr.match(new RegExp(`RangeError: ${message}`, 'g'))).toHaveLength(1);
    });

    it('when it throws what cannot be looked at', async () => {
      const trap = await live('throws a trap');
      expect([trap.exitCode, trap.error.class]).toEqual([1, 'Error']);
      expect(trap.stderr).toMatch(/^the child:\n/);
      expect(trap.stderr).not.toContain('it is trapped');
      const mute = await live('throws an error that shows nothing');
      expect(mute).toMatchObject({ exitCode: 1, error: { class: 'RangeError', message: 'seen' } });
      expect(mute.stderr).toMatch(/^the child:\nRangeError: seen\n {4}at /);
    });

    it.each([
      ['handles one error and throws another', 1, 'not handled'],
      ['exits 4 when it handles an error', 4, 'handled'],
    ])('when it %s', async (deed, exitCode, message) => {
      expect(await live(deed)).toMatchObject({ exitCode, error: { message } });
    });

    it.each(['exits with text', 'exits with true'])('when it %s', async (deed) => {
      const { exitCode, error, stderr } = await live(deed);
      expect(exitCode).toBe(1);
      expect(error).toMatchObject({ class: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
      expect(stderr).toMatch(deed.endsWith('text') ? /'ignore this'/ : /true/);
    });

    it('when its task can never settle', async () => {
      const { exitCode, error, stderr } = await live('waits for nothing');
      expect(exitCode).toBe(13);
      expect(error.message).toMatch(/waits for something that can never happen/);
      expect(stderr).toMatch(/^the child:\nError: The task waits for something/);
    });
  });

  describe(`join() of ${start}`, () => {
    it('answers at once with a timeout of 0 or less, and false while it runs', async () => {
      const { lines } = await orders('sleeps', [
        'child.join({ timeout: 0 })',
        'child.join({ timeout: -1 })',
        'child.join({ timeout: 30 })',
        'child.join({ signal: AbortSignal.timeout(20) }).catch((error) => error.name)',
        'child.join({ signal: AbortSignal.abort(7) }).catch((reason) => reason)',
        'Promise.all([child.join(), child.join({ timeout: 30_000 }), child.kill()])',
        'child.join({ timeout: 0 })',
      ]);
      expect(lines).toEqual([false, false, false, 'TimeoutError', 7, [true, true, null], true]);
    });

    it.each(['{ timeout: "1" }', '{ timeout: NaN }', 'null', '5', '{ signal: 1 }'])(
      'refuses %s',
      async (options) => {
        const { lines } = await orders('sleeps', [
          `child.join(${options}).catch((error) => error instanceof TypeError || error instanceof RangeError)`,
          'child.kill()',
        ]);
        expect(lines[0]).toBe(true);
      },
    );
  });

  /** Gives orders to the parent once its child is up. @returns their answers */
  async function orders(deed: string, orders: string[]) {
    const program = spawnFixture(new URL('fixtures/life.mjs', import.meta.url), {
      args: [kind, deed, 'when up', ...orders],
    });
    await program.line();
    await program.line();
    expect(JSON.parse(await program.line())).toBe('up');
    program.say('go on');
    const lines = (await program.rest()).map((line) => (line === 'undefined' ? undefined : JSON.parse(line)));
    expect((await program.exited).code, program.stderr).toBe(0);
    const [joined, { exitCode }, error] = lines.slice(-3);
    expect(joined).toBe(true);
    return { lines: lines.slice(0, -3), exitCode, error };
  }

  describe(`${start} is ended`, () => {
    it('by terminate()', async () => {
      expect(await orders('sleeps', ['child.terminate()'])).toMatchObject({ exitCode: -15, error: null });
    });

    it('by kill(), also in a loop', async () => {
      expect(await orders('loops', ['child.kill()'])).toMatchObject({ exitCode: -9 });
    });

    it('by terminate({ grace }), whatever it does with SIGTERM', async () => {
      const { lines, exitCode } = await orders('ignores SIGTERM', ['child.terminate({ grace: 300 })']);
      // A thread gets no signals: it is ended at once.
      expect(lines.includes('ignored')).toBe(kind === 'Process');
      expect(exitCode).toBe(kind === 'Process' ? -9 : -15);
    });

    it('not by what is refused', async () => {
      const { lines, exitCode } = await orders(
        'sleeps',
        [
          'tryTo(() => child.terminate({ grace: "1" }))',
          'tryTo(() => child.close())',
          'tryTo(() => child.start())',
          'child.kill()',
        ].map((order) =>
          order.replace('tryTo(', '((f) => { try { f(); } catch (error) { return error.message; } })('),
        ),
      );
      expect(lines).toEqual([
        'grace must be a number of milliseconds, not a string',
        'Cannot close the child while it runs: join() or kill() it',
        'the child was started before: make a new one',
        undefined,
      ]);
      expect(exitCode).toBe(-9);
    });
  });
}
