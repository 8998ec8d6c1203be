import { type FixtureOptions, spawnFixture } from '@mp/testing';

/** What a fixture, and its children, said until it ended. */
export interface Said {
  /** Its lines of stdout, each one a JSON value. */
  // biome-ignore lint/suspicious/noExplicitAny: what fixtures print is looked at by the tests
  lines: any[];
  stderr: string;
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** What the workers of a pool may be. Every rule that can hold for both is tested for both. */
export const KINDS = ['process', 'thread'] as const;
export type Kind = (typeof KINDS)[number];

/** Runs a fixture of this package to its end. */
export async function run(
  name: string,
  { kind = 'process', ...options }: FixtureOptions & { kind?: Kind } = {},
): Promise<Said> {
  const env = { ...options.env, POOL_KIND: kind };
  const program = spawnFixture(new URL(`fixtures/${name}`, import.meta.url), { ...options, env });
  const lines = await program.rest();
  const { code, signal } = await program.exited;
  const { stderr } = program;
  try {
    return { lines: lines.map((line) => JSON.parse(line)), stderr, code, signal };
  } catch (cause) {
    throw new Error(`${name} printed no JSON: ${lines.join('\n')}\n${stderr}`, { cause });
  }
}
