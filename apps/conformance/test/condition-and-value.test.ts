import { leakCheck, spawnFixture } from '@mp/testing';
import { expect, test } from 'vitest';

leakCheck();

async function run(kind: string, scene: string): Promise<unknown> {
  const program = spawnFixture(new URL('fixtures/condition-and-value.mjs', import.meta.url), {
    args: [kind, scene],
  });
  const [line] = await program.rest();
  expect(await program.exited, program.stderr).toEqual({ code: 0, signal: null });
  return JSON.parse(line);
}

const KINDS = ['Process', 'Thread'];

test.each(KINDS)('a %s waits for a value that another one counts up', async (kind) => {
  expect(await run(kind, 'counts up')).toEqual({ value: 4, exitCode: 0 });
});

test.each(KINDS)('a %s that is notified too early waits for all of its time', async (kind) => {
  expect(await run(kind, 'in vain')).toEqual({ value: 3, exitCode: 0 });
});
