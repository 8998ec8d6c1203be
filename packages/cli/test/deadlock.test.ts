import { snapshot } from '@mp/cli';
import { Lock } from '@mp/lock';
import { eventually, leakCheck } from '@mp/testing';
import { afterEach, expect, test } from 'vitest';
import { Actor, mp } from './actor.ts';

leakCheck();

const NAMES = ['left', 'right'];
const actors: Actor[] = [];

afterEach(async () => {
  await Promise.all(actors.splice(0).map((each) => each.kill()));
  for (const name of NAMES) expect(new Lock({ name }).unlink()).toBe(true);
});

async function holders(): Promise<Actor[]> {
  for (const name of NAMES) {
    const actor = new Actor();
    actors.push(actor);
    await actor.does({ kind: 'Lock', options: { name }, method: 'acquireSync' });
  }
  return actors;
}

test('two processes blocked by each other are a deadlock, for tree, inspect and ls', async () => {
  const [one, other] = await holders();
  await one.begins({ kind: 'Lock', options: { name: 'right' }, method: 'acquireSync' });
  await eventually('its wait is known', () =>
    snapshot().agents.some(({ waitsFor }) => waitsFor !== undefined),
  );
  // One that is stopped never looks again, so the other one is never certain, and does not give up.
  one.stop();
  await other.begins({ kind: 'Lock', options: { name: 'left' }, method: 'acquireSync' });
  await eventually('the ring is seen', () => snapshot().cycles[0]?.certainty === 'deadlock');

  const { cycles } = snapshot();
  expect(cycles).toHaveLength(1);
  expect(cycles[0].members.map(({ pid, file, title }) => [pid, file, title])).toEqual(
    expect.arrayContaining([
      [one.pid, 'n-right', 'Lock "right"'],
      [other.pid, 'n-left', 'Lock "left"'],
    ]),
  );
  const tree = await mp(['tree']);
  expect(tree.code).toBe(3);
  expect(tree.stdout).toContain('← ring');
  expect(tree.stdout).toMatch(/^Deadlock:$/m);
  expect(tree.stdout).toContain(`pid ${one.pid} waits for Lock "right", which pid ${other.pid} has`);
  expect((await mp(['tree', '--json'])).json.cycles[0].certainty).toBe('deadlock');
  expect((await mp(['inspect', 'left'])).code).toBe(3);
  expect((await mp(['ls'])).stdout).toMatch(/^Deadlock of pid \d+, pid \d+: see mp tree\.$/m);
});

test('a ring of waits in event loops is a possible deadlock: other tasks may release', async () => {
  const [one, other] = await holders();
  await one.begins({ kind: 'Lock', options: { name: 'right' }, method: 'acquire' });
  await other.begins({ kind: 'Lock', options: { name: 'left' }, method: 'acquire' });
  await eventually('the ring is seen', () => snapshot().cycles.length === 1);
  expect(snapshot().cycles[0].certainty).toBe('possible');
  const tree = await mp(['tree']);
  expect([tree.code, tree.stdout]).toEqual([3, expect.stringMatching(/^Possible deadlock:$/m)]);
  expect((await mp(['inspect', 'left'])).code).toBe(0);
});

test('a wait for a thread that waits for nobody is none', async () => {
  const [one] = await holders();
  await one.begins({ kind: 'Lock', options: { name: 'right' }, method: 'acquireSync' });
  await eventually('it waits', () => snapshot().objects.some(({ waiters }) => waiters.length > 0));
  expect(snapshot().cycles).toEqual([]);
  expect((await mp(['tree'])).code).toBe(0);
});
