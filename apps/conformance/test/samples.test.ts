import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { leakCheck, spawnFixture } from '@mp/testing';
import { describe, expect, it } from 'vitest';

leakCheck();

/** Runs a sample to its end. */
async function sample(name: string, ...args: string[]) {
  const program = spawnFixture(new URL(`fixtures/samples/${name}.mjs`, import.meta.url), { args });
  const lines = await program.rest();
  const { code } = await program.exited;
  return { lines, code, stderr: program.stderr };
}

/** Runs one that ends well and says nothing on stderr. @returns its lines */
async function linesOf(name: string, ...args: string[]) {
  const { lines, code, stderr } = await sample(name, ...args);
  expect([code, stderr]).toEqual([0, '']);
  return lines;
}

const count = (lines: string[], what: string | RegExp) => lines.filter((line) => line.match(what)).length;

describe('samples of threads', () => {
  it('two that count at the same time, and one that fails', async () => {
    const { lines, code, stderr } = await sample('s02-start-new-thread');
    expect([code, lines[0], lines.at(-1)]).toEqual([0, 'ids: 1,2,3', 'the main thread goes on']);
    const ticks = lines.slice(1, -1);
    // Their steps stay together, so no two of one tick are further apart than one line.
    expect(ticks.map((line) => Number(line.slice(-1)))).toEqual([1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
    expect(count(ticks, 'Thread-1')).toBe(5);
    expect(stderr).toMatch(/^Thread-3:\nError: nobody catches this/);
  });

  it('a class of them, which the main thread does not join', async () => {
    const lines = await linesOf('s03-thread-class');
    for (const name of ['Thread-1', 'Thread-2']) {
      expect(count(lines, `${name}: `)).toBe(5);
      expect(lines.indexOf(`Exiting ${name}`)).toBeGreaterThan(lines.indexOf('Exiting Main Thread'));
    }
    const cut = await linesOf('s03-thread-class', 'with exitFlag');
    expect(cut.sort()).toEqual(['Exiting Main Thread', 'Starting Thread-1', 'Starting Thread-2']);
  });

  it('daemons end with the main thread', async () => {
    const lines = await linesOf('s04-daemon-threads');
    expect(lines).toContain('all over');
    expect(count(lines, /listen/)).toBeLessThanOrEqual(1);
    expect(count(lines, /watch/)).toBeLessThanOrEqual(1);
  });

  it('join() waits for one thread only', async () => {
    const longer = await linesOf('s05-join', 'the last, which is the longer');
    expect([count(longer, 'watch'), longer.at(-1)]).toEqual([2, 'all over']);
    const shorter = await linesOf('s05-join', 'the last, which is the shorter');
    expect(count(shorter, 'listen')).toBe(2);
    expect(count(shorter, 'watch')).toBeLessThanOrEqual(1);
    const all = await linesOf('s05-join', 'all');
    expect([count(all, 'listen'), count(all, 'watch'), all.at(-1)]).toEqual([2, 2, 'all over']);
  });

  it('twenty of one name', async () => {
    const lines = await linesOf('s06-same-name');
    const facts = lines.map((line) => /^The number is (\d+), testThread, (\d+)$/.exec(line));
    const numbers = Array.from({ length: 20 }, (_, index) => index);
    expect(facts.map((found) => Number(found?.[1])).sort((a, b) => a - b)).toEqual(numbers);
    expect(new Set(facts.map((found) => found?.[2])).size).toBe(20);
  });

  it('their methods', async () => {
    expect(await linesOf('s07-thread-methods')).toEqual([
      'idle, daemon true, alive false, id undefined',
      'alive true, has an id true',
      'refused: TypeError,TypeError,TypeError',
      'over within 10 ms: false',
      'over: true, alive false, exit code -15',
      'runs in the main thread: true',
    ]);
  });

  it.each(['Thread', 'Process'])('a lock lets one print after the other (%s)', async (kind) => {
    const lines = await linesOf('s08-lock', kind);
    const first = lines[0][0];
    const second = first === 'A' ? 'B' : 'A';
    expect(lines).toEqual([
      ...[first, second].flatMap((name) => [3, 2, 1].map((counter) => `${name}: ${counter}`)),
      'held: true',
      'TimeoutError',
      'Exiting Main Thread',
    ]);
  });

  it('a list is read half changed without a lock, and never with one', async () => {
    expect(await linesOf('s09-race', 'without a lock')).toEqual(['half 0, half 1']);
    expect(await linesOf('s09-race', 'with a lock')).toEqual(['all 0 or all 1']);
  });
});

describe('samples of processes', () => {
  it('five of them', async () => {
    const facts = (await linesOf('s33-five-processes')).map((line) => /^Worker: (\d) (\d+)$/.exec(line));
    expect(facts.map((found) => found?.[1]).sort()).toEqual(['0', '1', '2', '3', '4']);
    expect(new Set(facts.map((found) => found?.[2])).size).toBe(5);
  });

  it('names', async () => {
    const names = ['my_service', 'worker 1', 'Process-3'];
    const wanted = names.flatMap((name) => [`${name} Starting`, `${name} Exiting`]);
    expect((await linesOf('s34-names')).sort()).toEqual(wanted.sort());
  });

  it('a daemon is not waited for', async () => {
    const lines = await linesOf('s35-daemon');
    expect(lines.sort()).toEqual([
      'Exiting: non-daemon',
      'Starting: daemon',
      'Starting: non-daemon',
      'd.isAlive true',
    ]);
  });

  it('one that is terminated', async () => {
    expect(await linesOf('s36-terminate')).toEqual([
      'BEFORE: false',
      'DURING: true',
      'TERMINATED: boolean',
      'JOINED: false -15',
    ]);
  });

  it('five ways to end', async () => {
    const { lines, code, stderr } = await sample('s37-exit-codes');
    expect(code).toBe(0);
    const names = ['exitError', 'exitOk', 'returnValue', 'raises', 'terminated'];
    const codes = [1, 0, 0, 1, -15];
    expect(lines).toEqual([
      ...names.map((name) => `Starting process for ${name}`),
      ...names.map((name, index) => `${name}.exitCode = ${codes[index]}`),
    ]);
    expect(stderr).toMatch(/^raises:\nError: There was an error!\n.*s37-exit-codes\.mjs:\d+/);
  });

  it('a log in the words of Python', async () => {
    const { lines, code, stderr } = await sample('s38-logging');
    expect([lines, code]).toEqual([['Doing some work'], 0]);
    expect(stderr.split('\n')).toEqual([
      '[INFO/Process-1] child process calling self.run()',
      '[INFO/Process-1] process shutting down',
      '[INFO/Process-1] process exiting with exitcode 0',
      '[INFO/MainProcess] process shutting down',
      '',
    ]);
  });

  it('a class of them', async () => {
    expect((await linesOf('s39-process-class')).sort()).toEqual([1, 2, 3, 4, 5].map((n) => `In Worker-${n}`));
  });

  it('a single one', async () => {
    expect(await linesOf('s43-one-process')).toEqual(['hello', 'hello', 'hello', 'Sub-process done.']);
  });

  it('what is known of one', async () => {
    expect(await linesOf('s51-attributes')).toEqual([
      'idle true undefined undefined',
      'true undefined',
      '-9',
    ]);
  });

  it('one after the other', async () => {
    const wanted = [0, 1, 2, 3, 4].flatMap((n) => [
      `Process-${n + 1} starting`,
      `worker  ${n}`,
      'Process end.',
    ]);
    expect(await linesOf('s52-join-in-loop')).toEqual(wanted);
  });
});

describe('samples of both', () => {
  it('nobody joins them, and no zombie remains', async () => {
    expect(await linesOf('s63-no-zombies')).toEqual(['children: 4', 'children: 0, zombies: 0']);
  });

  it('threads have the pid of their process, and processes their own', async () => {
    const [main, ...lines] = await linesOf('s64-thread-or-process');
    const pid = main.replace('Main: ', '');
    expect(lines.slice(0, 5)).toEqual(Array(5).fill(`Thread ${pid}`));
    const others = lines.slice(5).map((line) => /^Process (\d+)$/.exec(line)?.[1]);
    expect(new Set([...others, pid]).size).toBe(6);
  });
});

describe('samples of shared values print what Python prints', () => {
  const PROGRAM = fileURLToPath(new URL('fixtures/samples/shared.py', import.meta.url));
  /** The lines of Python's own program. */
  const python = (what: string) =>
    execFileSync('python3', [PROGRAM, what], { encoding: 'utf8', timeout: 30_000 }).trim().split('\n');

  it('two processes turn an array around, each under its lock', async () => {
    const lines = await linesOf('s17-value-and-array', 'with the lock');
    expect(lines).toEqual(['3.333333333333333', '0 1 2 3 4 5 6 7 8 9 10']);
    expect(lines).toEqual(python('s17'));
  });

  it('without the lock, one of two turns is lost', async () => {
    const lines = await linesOf('s17-value-and-array', 'without the lock');
    expect(lines[1]).toBe('0 -1 -2 -3 -4 -5 -6 -7 -8 -9 -10');
    expect(lines).toEqual(python('s17 racing'));
  });

  it('all typecodes', async () => {
    const lines = await linesOf('s18-typecodes');
    // Python has no word for what it does with a number that does not fit: it wraps.
    const same = lines.map((line) => line.replace(/ RangeError$/, ''));
    expect(lines.length - count(lines, / RangeError$/)).toBe(4);
    expect(same).toEqual(python('s18'));
  });

  it('a single child', async () => {
    const lines = await linesOf('s69-one-child');
    expect(lines).toEqual(['3.14', '5 1 2 3 4 5 6 7 8 9']);
    expect(lines).toEqual(python('s69'));
  });
});
