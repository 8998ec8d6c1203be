import { leakCheck } from '@mp/testing';
import { describe, expect, it } from 'vitest';
import { KINDS, runKind } from './program.ts';

leakCheck();

describe.each(KINDS)('arguments of a %s', (kind) => {
  const run = runKind(kind);

  it('arrive as they were given, of whatever kind and size', async () => {
    const { lines, stderr } = await run('args.mjs', { args: ['values'] });
    expect(stderr).toBe('');
    const [given, arrived, exitCode] = lines;
    expect(arrived).toEqual(given);
    expect(exitCode).toBe(0);
  });

  it('that cannot be sent are refused by start(), with their path, and nothing is started', async () => {
    const { lines } = await run('args.mjs', { args: ['refused'] });
    expect(lines).toHaveLength(5);
    for (const [name, code, path, message, isAlive] of lines) {
      expect([name, code, path, isAlive]).toEqual([
        'SerializationError',
        'ERR_MP_SERIALIZATION',
        'args[1].deep[0]',
        false,
      ]);
      expect(message).toMatch(/args\[1\]\.deep\[0\] /);
    }
    expect(lines[4][3]).toContain(`a ${kind} belongs to the process that made it`);
  });

  it('may be handles of shared objects', async () => {
    const { lines } = await run('args.mjs', { args: ['handle'] });
    expect(lines).toEqual(['hello, too', ['ERR_MP_STALE', true]]);
  });

  it('hold on to shared objects until the child has them', async () => {
    const { lines, stderr } = await run('args.mjs', { args: ['handle of a closed one'] });
    expect(lines, stderr).toEqual([0]);
  });
});

describe.each(KINDS)('a class that extends %s', (kind) => {
  const run = runKind(kind);

  it('brings its fields and methods, also shared objects', async () => {
    const { lines } = await run('subclass.mjs', { args: ['shouter'] });
    expect(lines).toEqual([['the shouter', 'the shouter', true, true], 'HELLO', 'WORLD', 0]);
  });

  it('is ended by what its run() throws', async () => {
    const { lines, stderr } = await run('subclass.mjs', { args: ['failing'] });
    expect(lines).toMatchObject([[1, { class: 'RangeError', message: 'it fails' }]]);
    expect(stderr).toMatch(/^Failing-1:\nRangeError: it fails\n.*subclass\.mjs:\d+/);
  });

  it('may run its target with super.run()', async () => {
    expect((await run('subclass.mjs', { args: ['wrapper'] })).lines).toEqual(['before', 42, 'after', 0]);
  });

  it('has to be a task', async () => {
    const [error] = (await run('subclass.mjs', { args: ['unregistered'] })).lines;
    expect(error).toMatchObject({
      name: 'TypeError',
      message: expect.stringMatching(/the class Unregistered must be a task/),
    });
  });

  it('must not have a field that cannot be sent', async () => {
    const [error] = (await run('subclass.mjs', { args: ['with a function'] })).lines;
    expect(error).toMatchObject({
      code: 'ERR_MP_SERIALIZATION',
      message: expect.stringContaining('this.callback'),
    });
  });
});
