/** An option of a command, or of all of them. */
export interface Flag {
  readonly name: string;
  readonly short?: string;
  /** What stands for its value in the help; without, it is on or off. */
  readonly value?: string;
  readonly about: string;
}

/** How a command was called. */
export interface Call {
  readonly operands: readonly string[];
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
}

/** A command of `mp`, as its help, the shells and the program itself know it. */
export interface Command {
  readonly name: string;
  /** What it takes, as the help writes it: `NAME`, `[NAME]`. */
  readonly operands?: string;
  /** How many operands it takes at least and at most. Default: none. */
  readonly takes?: readonly [least: number, most: number];
  /** Whether its operands are names of objects, which shells complete. */
  readonly takesObjects?: boolean;
  /** In one line. */
  readonly summary: string;
  /** Paragraphs. */
  readonly description: readonly string[];
  readonly flags: readonly Flag[];
  /** What its exit codes mean, beside 0 and 2. */
  readonly exits?: readonly (readonly [number, string])[];
  /** @returns the exit code */
  run(call: Call): number | Promise<number>;
}

/** The command line is wrong: its message and a hint are printed, and the exit code is 2. */
export class UsageError extends Error {}

/** For scripts: the answer is no, or what was named is not there. */
export const NO = 1;
/** Threads wait for each other. */
export const DEADLOCK = 3;

export const JSON_FLAG: Flag = { name: 'json', about: 'prints JSON instead of text' };
export const INTERVAL_FLAG: Flag = {
  name: 'interval',
  short: 'i',
  value: 'MS',
  about: 'milliseconds from one look to the next',
};

/** The number that a flag says. @throws UsageError when it says something else */
export function numberOf({ flags }: Call, name: string, least: number, most: number): number | undefined {
  const text = flags[name];
  if (typeof text !== 'string') return undefined;
  const number = Number(text);
  if (text.trim() !== '' && Number.isInteger(number) && number >= least && number <= most) return number;
  throw new UsageError(
    `--${name} takes a whole number from ${least} to ${most}, not ${JSON.stringify(text)}`,
  );
}
