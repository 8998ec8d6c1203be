import { leakCheck, spawnFixture } from '@mp/testing';
import { expect, test } from 'vitest';

leakCheck();

test('a full file system is an error of create(), leaves no file, and never a SIGBUS', async () => {
  const fixture = spawnFixture(new URL('./fixtures/in-small-file-system.mjs', import.meta.url));
  const [first, ...said] = JSON.parse(await fixture.line()) as string[];
  expect(await fixture.exited).toEqual({ code: 0, signal: null });
  if (first !== 'mounted') {
    console.warn(
      `NOT TESTED: create() on a full file system, for this machine lets nobody mount one: ${first}`,
    );
    expect(first).toMatch(/^cannot mount: ./);
    return;
  }
  expect(said).toEqual([
    `${2 << 20} ENOSPC fallocate`,
    `${8 << 20} ENOSPC fallocate`,
    `${500 << 10} ENOSPC fallocate`,
    `files s-${600 << 10}`,
    `again ${500 << 10}`,
  ]);
});
