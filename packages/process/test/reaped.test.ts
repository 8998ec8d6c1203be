import { leakCheck, spawnFixture } from '@mp/testing';
import { expect, it } from 'vitest';

leakCheck();

it('a process whose starting thread was terminated leaves no zombie', async () => {
  const program = spawnFixture(new URL('fixtures/reaped.mjs', import.meta.url));
  const pid = await program.line();
  program.say(pid);
  expect(JSON.parse(await program.line())).toBe(false);
  expect((await program.exited).code, program.stderr).toBe(0);
});
