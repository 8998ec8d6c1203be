import { childrenOf, eventually, isRunning, leakCheck, spawnFixture } from '@mp/testing';
import { expect, test } from 'vitest';
import { fixtureWarnings } from '../src/fixture.ts';

leakCheck();

const program = (name: string) => new URL(`./fixtures/${name}.mjs`, import.meta.url);

test('a fixture talks in lines and is killed', async () => {
  const echo = spawnFixture(program('echo'));
  expect(await echo.line()).toBe('ready');
  const [first, second] = [echo.line(), echo.line()];
  echo.say('one');
  echo.say('two');
  expect([await first, await second]).toEqual(['one', 'two']);
  expect(childrenOf()).toContain(echo.pid);
  expect(isRunning(echo.pid)).toBe(true);
  expect(await echo.kill()).toEqual({ code: null, signal: 'SIGKILL' });
  expect(isRunning(echo.pid)).toBe(false);
  await expect(echo.line()).rejects.toThrow('its stdout ended');
});

test('a line that cannot come any more fails with what the fixture wrote to stderr', async () => {
  const fail = spawnFixture(program('fail'));
  await expect(fail.line()).rejects.toThrow(/fail\.mjs \(pid \d+\): its stdout ended[\s\S]*it went wrong/);
  expect(await fail.exited).toEqual({ code: 3, signal: null });
});

test('a warning of Node in a fixture is remembered', async () => {
  spawnFixture(program('warn'));
  await eventually('the warning was read', () => fixtureWarnings.length > 0);
  expect(fixtureWarnings.splice(0)).toEqual([expect.stringContaining('Warning: odd')]);
});
