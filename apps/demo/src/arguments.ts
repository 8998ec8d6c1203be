import { availableParallelism } from 'node:os';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { UsageError } from './command.ts';

/** As many as a pool may have. */
const MOST_WORKERS = 1024;

/**
 * Splits the arguments of a command into its options and the rest.
 *
 * @throws UsageError on an option that it does not have, or without its value
 */
export function argumentsOf<const O extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: O,
) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/**
 * The whole number that was given for an option.
 *
 * @param name as the user writes it: `--port`
 * @param text what was given, if anything
 * @throws UsageError when it is not a whole number from `least` to `most`
 */
export function wholeNumber(name: string, text: string | undefined, least: number, most: number): number {
  const number = text?.trim() === '' ? Number.NaN : Number(text);
  if (Number.isInteger(number) && number >= least && number <= most) return number;
  const found = text === undefined ? 'left out' : JSON.stringify(text);
  throw new UsageError(`${name} must be a whole number from ${least} to ${most}, not ${found}`);
}

/** How many workers the user wants: one for each processor, unless the user says a number. */
export function workersOf(text: string | undefined): number {
  return text === undefined ? availableParallelism() : wholeNumber('--workers', text, 1, MOST_WORKERS);
}
