import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { leakCheck, spawnFixture } from '@mp/testing';
import { expect, it } from 'vitest';

leakCheck();

const PROGRAM = fileURLToPath(new URL('fixtures/samples/managers.py', import.meta.url));

it.each([
  ['a dict and a list that a child changes', 's19-manager', 'name king'],
  ['MGR-8: every kind of container', 's20-manager-types', '2 2 4 3'],
  ['a value, an array and a list', 's70-manager-values', '3.14'],
  ['two processes that count in one dict', 's71-manager-dict', '200'],
])('%s: what Python prints', async (_, name, first) => {
  const program = spawnFixture(new URL(`fixtures/samples/${name}.mjs`, import.meta.url));
  const lines = await program.rest();
  const { code } = await program.exited;
  expect([code, program.stderr, lines[0]]).toEqual([0, '', first]);
  const [sample] = name.split('-');
  const python = execFileSync('python3', [PROGRAM, sample], { encoding: 'utf8', timeout: 30_000 });
  expect(lines).toEqual(python.trim().split('\n'));
});
