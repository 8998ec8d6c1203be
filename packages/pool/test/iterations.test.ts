import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { PoolIterator } from '@mp/pool';
import { leakCheck } from '@mp/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { KINDS, run } from './program.ts';

leakCheck();

const squares = (count: number) => Array.from({ length: count }, (_, i) => i * i);

describe.each(KINDS)('with workers of kind %s', (kind) => {
  async function scene(name: string) {
    const folder = mkdtempSync(join(tmpdir(), 'mp-pool-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const { lines, stderr, code } = await run('iterations.mjs', { kind, args: [name, folder] });
    expect(code, stderr).toBe(0);
    expect(stderr).toBe('');
    expect(lines.pop()).toBe(true);
    return lines;
  }

  it('starmap() calls with each item as its arguments', async () => {
    expect(await scene('starmap')).toEqual([[3, 3, 0, 15], [3, 7], [], 'TypeError']);
  });

  it('imap() yields in the order of the items', async () => {
    const step = (value: number) => ({ value, done: false });
    expect(await scene('in order')).toEqual([
      squares(60),
      squares(10),
      [],
      1000,
      [step(0), step(1), step(4), { done: true }],
      { done: true },
    ]);
  });

  it('imap() holds back what came too early, imapUnordered() does not', async () => {
    expect(await scene('as they come, or not')).toEqual(['nothing yet', [0, 1], 3, 2]);
  });

  it('an error stands at its place and loses no later result', async () => {
    const placed = [0, 'odd: 1', 2, 'odd: 3', 4, 'odd: 5', 6];
    expect(await scene('errors at their places')).toEqual([
      placed,
      placed,
      placed,
      placed,
      placed.toSorted(),
      [[0, 2], 'odd: 3'],
      [0, 1, expect.stringContaining('result'), 3],
      [0, true, 2],
      [0, 1, true, 3],
      'odd: 5',
    ]);
  });

  it('an endless source is read a little ahead, and left with the loop', async () => {
    expect(await scene('endless sources')).toEqual([[true, true, true], [true, true, true], 3, [true, true]]);
  });

  it('a source is left with the signal, and when the pool is closed before it begins', async () => {
    expect(await scene('sources that are left')).toEqual([[true, 'why'], ['a', 'b', 'c'], 'ERR_MP_CLOSED']);
  });

  it('an error lets the source rest until somebody goes on', async () => {
    expect(await scene('an error rests the source')).toEqual([0, 'odd: 1', true, 2]);
  });

  it('a wait for the next result may end early, and takes none then', async () => {
    expect(await scene('waits with an end')).toEqual([
      'ERR_MP_TIMEOUT',
      'ERR_MP_TIMEOUT',
      'why',
      'why',
      [4, 5],
      'TypeError',
      true,
    ]);
  });

  it('the chunks of a map are as large as its task is fast', async () => {
    expect(await scene('chunks by the time of the task')).toEqual([12, [true, true, 100_000]]);
  });

  it('refuses at once what is wrong', async () => {
    const lines = await scene('refused');
    const messages = [
      /^RangeError chunkSize .* not 0/,
      /^RangeError buffer .* not 0/,
      /^TypeError .*bufer.*buffer/,
      /^TypeError items must be iterable; a number is not/,
      /^TypeError signal must be an AbortSignal, not object/,
      /^TypeError items must be iterable at once/,
      /^TypeError fn must be a task/,
      /^RangeError taskTimeout must be more than 0 ms, not -1/,
    ];
    expect(lines).toHaveLength(messages.length);
    for (const [index, line] of lines.entries()) expect(line).toMatch(messages[index]);
  });
});

it('a consumer that never catches up keeps nothing of what it took', async () => {
  const results = new PoolIterator<number, number>({
    items: numbers(),
    isOrdered: true,
    chunkSize: 1,
    buffer: 4,
    begin: () => {},
    run: (chunk, arrive) => arrive({ values: chunk }),
    end: () => {},
    leave: () => {},
  });
  const take = async (from: number, to: number) => {
    for (let expected = from; expected < to; expected++) {
      const { value } = await results.next();
      if (value !== expected) throw new Error(`It gave ${value} instead of ${expected}`);
      // The next ones arrive meanwhile.
      for (let turn = 0; turn < 6; turn++) await null;
    }
  };
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const used = () => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  await take(0, 5_000);
  const before = used();
  await take(5_000, 605_000);
  expect(used() - before).toBeLessThan(3e6);
  await results.return();
});

function* numbers(): Generator<number> {
  for (let number = 0; ; number++) yield number;
}
