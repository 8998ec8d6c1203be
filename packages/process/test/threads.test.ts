import { leakCheck, spawnFixture } from '@mp/testing';
import { expect, it } from 'vitest';
import { run } from './program.ts';

leakCheck();

const scene = async (name: string) => {
  const { lines, stderr, code } = await run('threads.mjs', { args: [name] });
  expect([stderr, code]).toEqual(['', 0]);
  return lines;
};

it('threads are named and counted apart from processes, and may have children of both kinds', async () => {
  const told = (name: string, parent: string, daemon = false) => ({ name, daemon, isOurs: true, parent });
  expect(await scene('family')).toEqual([
    told('Thread-1', 'MainProcess'),
    told('Thread-1:1', 'Thread-1'),
    told('Process-1:1', 'Thread-1'),
    told('Thread-2', 'MainProcess'),
    told('Thread-2:1', 'Thread-2'),
    told('Process-2:1', 'Thread-2'),
    told('Process-1', 'MainProcess'),
    told('Thread-1:1', 'Process-1'),
    told('Process-1:1', 'Process-1'),
    told('Anna', 'MainProcess', true),
  ]);
});

it('a thread has a number and the pid of its process once it was started', async () => {
  expect(await scene('number')).toEqual([[true, true], [true, true, true], 'napped']);
});

it('a process waits for its threads, but not for daemons', async () => {
  expect(await scene('waits for it')).toEqual(['napped']);
  expect(await scene('ends daemons')).toEqual([]);
});

it('a thread is ended in a synchronous wait', async () => {
  const program = spawnFixture(new URL('fixtures/threads.mjs', import.meta.url), { args: ['ends a wait'] });
  expect(JSON.parse(await program.line())).toBe('waits');
  program.say('it waits');
  expect((await program.rest()).map((line) => JSON.parse(line))).toEqual([-15]);
  expect((await program.exited).code, program.stderr).toBe(0);
});

it('a thread has the environment and flags it is given, else those of its parent, and no arguments', async () => {
  expect(await scene('options')).toEqual([
    { argv: [], word: 'inherited', execArgv: [] },
    { argv: [], word: 'its own', execArgv: ['--no-warnings'] },
    'ERR_WORKER_INVALID_EXEC_ARGV',
    0,
  ]);
});

it('a thread is started whatever flags its parent has', async () => {
  const execArgv = ['--expose-gc', '--max-old-space-size=500', '--no-warnings'];
  const { lines, stderr } = await run('threads.mjs', { args: ['number'], execArgv });
  expect([stderr, lines.at(-1)]).toEqual(['', 'napped']);
});

it('a thread that takes more memory than it may, be it to start, ends alone and says why', async () => {
  const { lines, stderr, code } = await run('threads.mjs', { args: ['too much memory'] });
  expect(lines, String(code)).toEqual(Array(2).fill([1, 'ERR_WORKER_OUT_OF_MEMORY']));
  expect(stderr).toMatch(/^Thread-1:\nError \[ERR_WORKER_OUT_OF_MEMORY\]/m);
});
