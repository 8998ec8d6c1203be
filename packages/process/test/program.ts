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

/** What both kinds of children promise is tested with both. */
export const KINDS = ['Process', 'Thread'] as const;

/** Like {@link run}, for a fixture that starts children of `kind`. */
export function runKind(kind: (typeof KINDS)[number]) {
  return (name: string, options: FixtureOptions = {}) =>
    run(name, { ...options, env: { ...options.env, MP_TEST_KIND: kind } });
}

/** Runs a fixture of this package to its end. */
export async function run(name: string, options?: FixtureOptions): Promise<Said> {
  const program = spawnFixture(
    name.startsWith('file:') ? name : new URL(`fixtures/${name}`, import.meta.url),
    options,
  );
  const lines = await program.rest();
  const { code, signal } = await program.exited;
  const { stderr } = program;
  try {
    return { lines: lines.map((line) => JSON.parse(line)), stderr, code, signal };
  } catch (cause) {
    throw new Error(`${name} printed no JSON: ${lines.join('\n')}\n${stderr}`, { cause });
  }
}
