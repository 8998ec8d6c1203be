import { leakCheck } from '@mp/testing';
import { describe, expect, it } from 'vitest';
import { run } from './program.ts';

leakCheck();

const scene = async (name: string, env?: Record<string, string>) => {
  const { lines, stderr, code } = await run('logging.mjs', { args: [name], ...(env ? { env } : {}) });
  expect(code, stderr).toBe(0);
  return { said: lines, logged: stderr.split('\n').slice(0, -1) };
};

describe('the logger', () => {
  it('writes nothing until it is told to', async () => {
    expect((await scene('silent')).logged).toEqual([]);
  });

  it('writes from its level on, in the format of Python', async () => {
    const { said, logged } = await scene('levels');
    expect(said).toEqual([[true, 20, false, true]]);
    expect(logged).toEqual([
      '[INFO/MainProcess] info of 2',
      '[WARNING/MainProcess] warning of 2',
      '[ERROR/MainProcess] error of 2',
      '[CRITICAL/MainProcess] critical of 2',
      '[Level 32/MainProcess] { a: [ 1 ] }',
      '[ERROR/MainProcess] two',
      'lines',
      '[WARNING/MainProcess] by default',
    ]);
  });

  it('refuses what is no level', async () => {
    const { said } = await scene('refused');
    expect(said.map(([name]) => name)).toEqual([
      'TypeError',
      'TypeError',
      'RangeError',
      'RangeError',
      'TypeError',
      'TypeError',
    ]);
    expect(said[0][1]).toMatch(/^A level is one of notset, .*critical or a whole number from 0, not loud$/);
  });

  it('of a child begins as that of its parent', async () => {
    const { said, logged } = await scene('inherited');
    expect(said).toEqual([32, 32, 32]);
    expect(logged).toEqual(['[ERROR/Process-2] from afar', '[ERROR/Anna] from a thread']);
  });

  it('tells of the life of a child', async () => {
    const { logged } = await scene('life');
    expect(logged[0]).toMatch(/^\[DEBUG\/MainProcess\] started Process-1, pid \d+$/);
    expect(logged.slice(1)).toEqual([
      '[INFO/Process-1] child process calling self.run()',
      '[INFO/Process-1] process shutting down',
      '[INFO/Process-1] process exiting with exitcode 0',
      '[DEBUG/MainProcess] Process-1 ended with exitCode 0',
      '[INFO/MainProcess] process shutting down',
    ]);
  });

  it('leaves room for the message when a name is long', async () => {
    const { logged } = await scene('long name');
    expect(logged).toEqual([expect.stringMatching(/^\[WARNING\/x{200}\] hello$/)]);
  });

  it('never mixes lines of several processes and threads, however long', async () => {
    const { logged } = await scene('flood');
    const texts = new Map([
      ['Process-1', ''],
      ['Thread-1', ''],
      ['Process-2', ''],
    ]);
    for (const line of logged) {
      const [, name, text] = /^\[WARNING\/(\S+)\] ((.)\3*)$/u.exec(line) ?? [];
      expect(name, line.slice(0, 100)).toBeDefined();
      texts.set(name, texts.get(name) + text);
    }
    expect(texts.get('Process-1')).toBe('a'.repeat(200 * 6000));
    expect(texts.get('Thread-1')).toBe('b'.repeat(200 * 6000));
    expect(texts.get('Process-2')).toBe('é'.repeat(200 * 3000));
  });
});

describe('what happens can be watched', () => {
  it('by channels of node:diagnostics_channel', async () => {
    const { said } = await scene('channels');
    expect(said.filter(Array.isArray)).toMatchObject([
      ['start', 'number', { name: 'Process-1', kind: 'Process' }],
      ['end', { name: 'Process-1', exitCode: 0 }],
      ['start', 'number', { name: 'fails', kind: 'Thread' }],
      ['end', { name: 'fails', exitCode: 1, error: {} }],
    ]);
  });

  it('on standard error, with NODE_DEBUG=mp', async () => {
    const { logged } = await scene('silent', { NODE_DEBUG: 'mp' });
    expect(logged).toEqual([]);
    const { stderr } = await run('threads.mjs', { args: ['number'], env: { NODE_DEBUG: 'mp' } });
    expect(stderr).toMatch(/^MP \d+: process\.start \{ name: 'Thread-1', kind: 'Thread', pid: \d+ \}/m);
    expect(stderr).toMatch(/^MP \d+: process\.end \{ name: 'Thread-1', exitCode: 0/m);
  });
});
