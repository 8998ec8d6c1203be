import { eventually, isRunning, leakCheck, spawnFixture } from '@mp/testing';
import { describe, expect, it } from 'vitest';
import { run } from './program.ts';

leakCheck();

const scene = (name: string) => run('family.mjs', { args: [name] });

describe('processes', () => {
  it('are named by their place in the family, and inherit being daemons', async () => {
    const told = (name: string, daemon: boolean, parent: string) => ({
      name,
      daemon,
      parent,
      pids: [true, true],
    });
    expect((await scene('names')).lines).toEqual([
      { name: 'MainProcess', daemon: false, parent: null, pids: [true, false] },
      ['Process-1', false],
      told('Process-1', false, 'MainProcess'),
      told('Process-1:1', false, 'Process-1'),
      told('Process-1:2', false, 'Process-1'),
      ['Anna', true],
      told('Anna', true, 'MainProcess'),
      told('Process-2:1', true, 'Anna'),
      told('Process-2:2', true, 'Anna'),
      ['Process-3', false],
      told('Process-3', false, 'MainProcess'),
      told('Process-3:1', false, 'Process-3'),
      told('Process-3:2', false, 'Process-3'),
    ]);
  });

  it('may have children that have children', async () => {
    expect((await scene('recursion')).lines).toEqual([[], [0], [0, 0], [0, 1], [1], [1, 0], [1, 1]]);
  });

  it('know their running children', async () => {
    const { lines } = await scene('active');
    expect(lines.filter((line) => line !== 'napped')).toEqual([['Process-1', 'Process-2'], []]);
  });

  it('are ended together, each with its own code', async () => {
    expect((await scene('many')).lines.filter((line) => line !== 'up')).toEqual([[-15, -15, -15, -9]]);
  });

  it('are joined and closed at the end of their scope', async () => {
    expect((await scene('dispose asynchronously')).lines).toEqual(['napped', 'Process-2 was closed', 0]);
  });
});

describe('a process that ends normally', () => {
  it('waits for a child', async () => {
    expect(await scene('waits for children')).toMatchObject({ lines: ['napped'], code: 0 });
  });

  it('asks its daemons to end', async () => {
    const program = spawnFixture(new URL('fixtures/family.mjs', import.meta.url), {
      args: ['asks daemons to end'],
    });
    await program.line();
    expect(JSON.parse(await program.line())).toBe('up');
    program.say('end');
    expect(await program.rest()).toEqual(['"asked to end"']);
    expect(await program.exited).toEqual({ code: 0, signal: null });
  });

  it.each([
    ['ends daemons at its end', 0],
    ['ends daemons at process.exit()', 3],
    ['ends children at process.exit()', 3],
  ])('%s', async (name, code) => {
    const program = spawnFixture(new URL('fixtures/family.mjs', import.meta.url), { args: [name] });
    const pid = JSON.parse(await program.line());
    expect(JSON.parse(await program.line())).toBe('up');
    program.say('end');
    expect(await program.exited).toEqual({ code, signal: null });
    await eventually('its child is gone', () => !isRunning(pid), { within: 2_000 });
    expect(program.stderr).toBe('');
  });
});
