import { inspect, type ObjectEvent, snapshot, watch } from '@mp/cli';
import { Lock } from '@mp/lock';
import { eventually, leakCheck } from '@mp/testing';
import { afterEach, describe, expect, test } from 'vitest';
import { Actor, mp } from './actor.ts';

leakCheck();

const actors: Actor[] = [];
const actor = (): Actor => {
  const made = new Actor();
  actors.push(made);
  return made;
};

afterEach(async () => {
  await Promise.all(actors.splice(0).map((each) => each.kill()));
});

describe('a lock whose holder was stopped by SIGSTOP, with one blocked waiter and one in its event loop', () => {
  const lock = { kind: 'Lock', options: { name: 'stuck' } };

  async function stuck(): Promise<[holder: Actor, blocked: Actor, waiting: Actor]> {
    const [holder, blocked, waiting] = [actor(), actor(), actor()];
    await holder.does({ ...lock, method: 'acquireSync' });
    holder.stop();
    await blocked.begins({ ...lock, method: 'acquireSync' });
    await waiting.begins({ ...lock, method: 'acquire' });
    await eventually('both wait', () => {
      const [found] = snapshot().objects;
      return found.waiters.length === 2 && found.waiters.every(({ how }) => how !== 'unknown');
    });
    return [holder, blocked, waiting];
  }

  function removed(): void {
    expect(new Lock({ name: 'stuck' }).unlink()).toBe(true);
  }

  test('ls, inspect and tree tell who holds it, since when, and who waits how', async () => {
    const [holder, blocked, waiting] = await stuck();
    const listed = await mp(['ls']);
    expect(listed.code).toBe(0);
    const row = listed.stdout.split('\n').find((line) => line.startsWith('stuck'));
    expect(row).toMatch(new RegExp(`Lock .*held by pid ${holder.pid} for [\\d.]+ (ms|s) +1 sync, 1 async`));
    expect(row).toContain(`${holder.pid} node `);

    const { code, json } = await mp(['inspect', 'stuck', '--json']);
    expect(code).toBe(0);
    expect(json.object).toMatchObject({
      name: 'stuck',
      file: 'n-stuck',
      kind: 'Lock',
      version: 1,
      state: 'held',
      torn: [],
      creator: { pid: holder.pid, alive: true, command: expect.stringContaining('actor.mjs') },
      holders: [{ pid: holder.pid, threadId: 0, alive: true, role: 'owner', count: 1 }],
    });
    expect(json.object.users.sort()).toEqual([holder.pid, blocked.pid, waiting.pid].sort());
    const hows = json.object.waiters.map(({ pid, how, for: what }: Record<string, unknown>) => [
      pid,
      how,
      what,
    ]);
    expect(hows).toContainEqual([blocked.pid, 'sync', 'acquire']);
    expect(hows).toContainEqual([waiting.pid, 'async', 'acquire']);
    expect(Date.now() - json.object.holders[0].since).toBeGreaterThanOrEqual(0);
    const states = json.processes.map(({ pid, state }: Record<string, unknown>) => [pid, state]);
    expect(states).toContainEqual([holder.pid, 'stopped']);

    const tree = await mp(['tree']);
    expect(tree.code).toBe(0);
    expect(tree.stdout).toMatch(
      new RegExp(`^.*${holder.pid} stopped node .*actor\\.mjs\\n.*has Lock stuck as owner`, 'm'),
    );
    expect(tree.stdout).toContain(`waits for Lock stuck to acquire, held by pid ${holder.pid}`);
    await Promise.all(actors.splice(0).map((each) => each.kill()));
    removed();
  });

  test('unlock refuses, and with --force frees it, so that a waiter goes on; watch tells of it', async () => {
    const [holder] = await stuck();
    const seen: string[] = [];
    const events = watch('stuck', { interval: 10 });
    const refused = await mp(['unlock', 'stuck']);
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining(`Lock "stuck" is held by pid ${holder.pid}`),
    ]);
    expect(inspect('stuck').object.holders[0].pid).toBe(holder.pid);
    seen.push(((await events.next()).value as ObjectEvent).text);
    const freed = await mp(['unlock', 'stuck', '--force']);
    expect([freed.code, freed.stdout]).toEqual([0, 'Lock "stuck" is free now.\n']);
    for await (const { event, text } of events) {
      seen.push(`${event}: ${text}`);
      if (event === 'acquired') break;
    }
    expect(seen[0]).toBe('Lock "stuck" is held');
    expect(seen).toContain(`released: pid ${holder.pid} is not owner any more`);
    expect(inspect('stuck').object.holders[0]?.pid).not.toBe(holder.pid);
    await Promise.all(actors.splice(0).map((each) => each.kill()));
    removed();
  });
});
