import { eventually, isRunning, leakCheck, spawnFixture } from '@mp/testing';
import { expect, it } from 'vitest';

leakCheck();

it('all children are gone within two seconds after their parent was killed, whatever they do', async () => {
  const parent = spawnFixture(new URL('fixtures/orphans.mjs', import.meta.url));
  const children: [what: string, pid: number][] = [];
  while (children.length < 8) children.push(JSON.parse(await parent.line()));
  expect(children.map(([what]) => what).sort()).toEqual([
    'a parent itself',
    'asleep',
    'asleep',
    'deaf to signals',
    'in a loop',
    'in a loop',
    'in a loop',
    'in a synchronous wait',
  ]);
  expect(children.filter(([, pid]) => isRunning(pid))).toHaveLength(8);
  await parent.kill();
  const left = () => children.filter(([, pid]) => isRunning(pid));
  await eventually('no child of it runs', () => left().length === 0, { within: 2_000 }).catch((cause) => {
    throw new Error(`Still there: ${left().map(([what]) => what)}`, { cause });
  });
});
