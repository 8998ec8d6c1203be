import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { leakCheck, spawnFixture } from '@mp/testing';
import { describe, expect, it, onTestFinished } from 'vitest';

leakCheck();

const count = (lines: string[], what: string | RegExp) => lines.filter((line) => line.match(what)).length;

describe.each(['process', 'thread'])('samples of pools, workers of kind %s', (kind) => {
  /** Runs a sample that ends well and says nothing on stderr. @returns its lines */
  async function linesOf(name: string, ...args: string[]) {
    const program = spawnFixture(new URL(`fixtures/samples/${name}.mjs`, import.meta.url), {
      args: [kind, ...args],
    });
    const lines = await program.rest();
    const { code } = await program.exited;
    expect([code, program.stderr]).toEqual([0, '']);
    return lines;
  }

  it('ten calls that do not block, four at a time', async () => {
    const lines = await linesOf('s44-apply-async');
    for (let i = 0; i < 10; i++) expect(count(lines, `hello ${i}`)).toBe(3);
    expect(lines.slice(-3)).toEqual([
      'at most four at once: true',
      'all done: true',
      'Sub-process(es) done.',
    ]);
  });

  it('calls that block, one after the other', async () => {
    const pairs = [0, 1, 2, 3].flatMap((i) => [`msg: hello ${i}`, 'end']);
    expect(await linesOf('s45-apply')).toEqual([...pairs, 'Mark~ Mark~ Mark~', 'Sub-process(es) done.']);
  });

  it('results in the order in which they are asked for', async () => {
    const done = [0, 1, 2, 3].map((i) => `done hello ${i}`);
    expect(await linesOf('s46-results')).toEqual([...done, 'Sub-process(es) done.']);
  });

  it('a map beside that of an array, an initializer, workers that are replaced', async () => {
    const lines = await linesOf('s47-map-and-initializer');
    const workers = availableParallelism() * 2;
    expect(count(lines, 'Starting')).toBe(workers);
    expect(lines.filter((line) => line !== 'Starting')).toEqual([
      'the same: true',
      `workers: ${workers}`,
      'the first of each: 0,0,2,2,4,4',
    ]);
  });

  it('four functions in one pool', async () => {
    const lines = await linesOf('s48-four-functions');
    expect(lines.at(-1)).toBe('All subprocesses done.');
    for (const name of ['Lee', 'Marlon', 'Allen', 'Frank'])
      expect([count(lines, `Run task ${name}-`), count(lines, `Task ${name} is over`)]).toEqual([1, 1]);
    const homes = lines.flatMap((line) => /^Run task \w+-(.*)$/.exec(line)?.[1] ?? []);
    expect(new Set(homes).size).toBe(4);
  });

  it('a map for its effect', async () => {
    const lines = await linesOf('s49-map-for-its-effect');
    expect(lines.at(-1)).toBe('results: true');
    const squares = lines.slice(0, -1).map(Number);
    expect(squares.toSorted((a, b) => a - b)).toEqual([0, 1, 4, 9, 16, 25, 36, 49]);
  });

  it('a task in an object is found, a closure is refused by its name', async () => {
    const lines = await linesOf('s50-function-in-an-object');
    expect(
      lines
        .slice(0, 10)
        .map(Number)
        .toSorted((a, b) => a - b),
    ).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(lines[10]).toMatch(/^TypeError: .*the function closure/);
    expect(lines[11]).toBe('hello------------>');
  });

  it('options; a pool cannot be sent', async () => {
    const lines = await linesOf('s53-options');
    expect(lines[0]).toBe('as many as processors: true');
    expect(lines[1]).toMatch(/^ERR_MP_SERIALIZATION: .*args\[0\].*Pool belongs to the process that made it/);
    expect(lines.slice(2)).toEqual(['there from the start: 2', 'given']);
  });

  it('all methods of Python', async () => {
    expect(await linesOf('s54-methods')).toEqual([
      'apply 3',
      'apply_async 7',
      'error_callback TypeError',
      'map 1,4,9',
      'map_async 16,25',
      'imap 1,4,9',
      'imap_unordered 1,4,9',
      'starmap 3,7',
      'starmap_async 3,7',
      'callbacks 3',
      'join before close: TypeError',
      'closed 0',
      'terminated 0',
    ]);
  });

  it('110 calls, and 110 callbacks in the parent', async () => {
    expect(await linesOf('s55-apply-110')).toEqual([
      'in order: true',
      'callbacks: 110, of different calls: 110',
      'in the parent: true',
    ]);
  });

  it('map reads everything first, imap a little ahead', async () => {
    expect(await linesOf('s57-lazy-or-not')).toEqual(['drawn by map: 1000', 'drawn by imap: few true']);
  });

  it('six squares in the order of their numbers, five tasks at the same time', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mp-samples-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    expect(await linesOf('s58-six-squares', join(folder, 'begun'))).toEqual(['[1,4,9,16,25,36]']);
  });

  it('lines of ten workers stay whole', async () => {
    const lines = await linesOf('s59-whole-lines');
    expect(lines).toHaveLength(200);
    for (const line of lines) expect(line).toMatch(/^(worker \d)-(\d+?)\2{99}-\1$/);
  });

  it('files of a tree are counted as one process counts them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mp-samples-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const tree = join(folder, 'tree');
    const expected: string[] = [];
    for (let i = 0; i < 30; i++) {
      const inner = join(tree, `${i % 4}`, 'deep');
      mkdirSync(inner, { recursive: true });
      const path = join(inner, `${i}.${['txt', '10w', 'md'][i % 3]}`);
      writeFileSync(path, `行${i}\n`.repeat(i));
      if (i % 3 < 2) expected.push(`${path} 行数:${i} 字符数:${i * (2 + String(i).length)}`);
    }
    const results = join(folder, 'results');
    const [line] = await linesOf('s60-count-files', tree, results);
    const [total, single] = JSON.parse(line);
    expect(total).toEqual(single);
    expect(readFileSync(results, 'utf8').trim().split('\n').toSorted()).toEqual(expected.toSorted());
  });

  it('a pool that is never closed does not keep its program', async () => {
    const squares = Array.from({ length: 100 }, (_, i) => (i + 1) ** 2);
    expect(await linesOf('s67-never-closed')).toEqual([JSON.stringify(squares)]);
  });
});
