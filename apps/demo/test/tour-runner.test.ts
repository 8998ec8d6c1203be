import { existsSync } from 'node:fs';
import { childrenOf, eventually, leakCheck, spawnFixture } from '@mp/testing';
import { describe, expect, test } from 'vitest';
import { play } from '../src/tour/play.ts';
import { prove } from '../src/tour/prove.ts';
import { scenesIn } from '../src/tour/scenes.ts';
import { MAIN, tour } from './tour.ts';

leakCheck();

const FIXTURES = new URL('./fixtures/', import.meta.url);

test('lists the scenes with the lines that they port', async () => {
  const { code, lines, stderr } = await tour('--list');
  expect([code, stderr]).toEqual([0, '']);
  expect(lines).toContainEqual(expect.stringMatching(/^S33 {2}881–894 +Five processes$/));
  expect(lines).toEqual([...lines].sort());
});

test('runs those that are named, in the order that is asked for', async () => {
  const { code, lines } = await tour('s34', 'S33');
  expect(code).toBe(0);
  const verdicts = lines.filter((line) => line.includes('as expected,'));
  expect(verdicts.map((line) => line.slice(0, 3))).toEqual(['S34', 'S33']);
  expect(lines.at(-1)).toBe('2 of 2 as expected');
});

test('a scene that is not there is a message and exit code 2', async () => {
  const { code, lines, stderr } = await tour('S33', 'S00');
  expect([code, lines]).toEqual([2, []]);
  expect(stderr).toMatch(/^There is no scene S00\n\nnpm run demo -- tour /);
});

test('a tour that is told to end takes its scene along', async () => {
  // Every program of the tour hangs.
  const env = { NODE_OPTIONS: '--import=data:text/javascript,setInterval(()=>{},1000)' };
  const run = spawnFixture(MAIN, { args: ['tour', 'S23'], env });
  while ((await run.line()) !== 'StopIteration');
  const [scene] = childrenOf(run.pid);
  expect(await run.kill('SIGTERM')).toEqual({ code: null, signal: 'SIGTERM' });
  await eventually('the scene is gone', () => !existsSync(`/proc/${scene}`));
});

describe('a scene that does not behave says what was expected and what was seen', () => {
  test.each([
    ['S90', 'the lines\nexpected: 2\nseen:     1', 'one\n'],
    ['S91', 'how the program ends\nexpected: 0\nseen:     1', /Error: a proof that fails/],
    ['S92', /^what it writes to standard error\nexpected: \/\^\$\/\nseen: {5}'a warning\\n'$/, 'a warning\n'],
  ])('%s', async (id, problem, shown) => {
    let text = '';
    const stream = { write: (part: string) => (text += part) };
    const scene = (await scenesIn(FIXTURES)).find((each) => each.id === id);
    expect(await play(scene!, { stdout: stream, stderr: stream })).toEqual(
      typeof problem === 'string' ? problem : expect.stringMatching(problem),
    );
    expect(text).toMatch(shown);
  });

  test('prove() compares types and parts', () => {
    prove('the same', [{ a: 1n }], [{ a: 1n }]);
    expect(() => prove('a number', '1' as unknown, 1)).toThrow("a number\nexpected: 1\nseen:     '1'");
    expect(() => prove('a list', [[1], [2]], [[1], [3]])).toThrow('expected: [ [ 1 ], [ 3 ] ]');
  });
});
