import type { ParseArgsConfig, parseArgs } from 'node:util';
import { argumentsOf, workersOf } from '../arguments.ts';
import { UsageError } from '../command.ts';

type Options = NonNullable<ParseArgsConfig['options']>;

/** What a command that works through a directory was asked for. */
export interface TreeArguments<O extends Options> {
  /** `undefined`: its default. */
  directory: string | undefined;
  workers: number;
  values: ReturnType<typeof parseArgs<{ options: O }>>['values'];
}

/**
 * Reads `[<directory>] [--workers <number>]` and what the command has of its own.
 *
 * @throws UsageError
 */
export function treeArguments<const O extends Options>(args: readonly string[], own: O): TreeArguments<O> {
  const options: Options = { ...own, workers: { type: 'string' } };
  const { values, positionals } = argumentsOf(args, options);
  const { workers, ...others } = values as { workers?: string };
  const [directory, ...rest] = positionals;
  if (directory === '' || rest.length > 0) throw new UsageError(`Cannot understand ${args.join(' ')}`);
  return { directory, workers: workersOf(workers), values: others as TreeArguments<O>['values'] };
}
