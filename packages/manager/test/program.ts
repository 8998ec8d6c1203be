import { type FixtureOptions, spawnFixture } from '@mp/testing';

/** Runs a scene of a fixture of this package to its end. @returns what it printed last, and how it ended */
export async function run(name: string, scene: string, options: FixtureOptions = {}) {
  const args = [scene, ...(options.args ?? [])];
  const program = spawnFixture(new URL(`fixtures/${name}`, import.meta.url), { ...options, args });
  const lines = await program.rest();
  const { code } = await program.exited;
  if (lines.length === 0)
    throw new Error(`${name} ${scene} printed nothing, code ${code}:\n${program.stderr}`);
  // biome-ignore lint/suspicious/noExplicitAny: what fixtures print is looked at by the tests
  return { ...(JSON.parse(lines.at(-1) as string) as any), code, stderr: program.stderr };
}
