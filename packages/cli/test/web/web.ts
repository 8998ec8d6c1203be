import { spawnFixture } from '@mp/testing';

/** The command as it is built. */
export const MP = new URL('../../dist/mp.js', import.meta.url);

/** Runs `mp web`, which looks ten times a second. */
export async function startWeb(...more: string[]) {
  const run = spawnFixture(MP, { args: ['web', '--interval', '100', ...more] });
  return { run, address: await run.line() };
}

/** A program of this folder's fixtures. */
export function start(name: string, ...args: string[]) {
  return spawnFixture(new URL(`./fixtures/${name}.mjs`, import.meta.url), { args });
}
