import { isMain } from '@mp/process';
import type { Command } from './command.ts';
import { UsageError } from './command.ts';
import { count } from './count/command.ts';
import { tour } from './tour/command.ts';

const COMMANDS: Readonly<Record<string, Command>> = { count, tour };
/** What runs when nothing is asked for. */
const FIRST = 'count';

/** @returns the exit code */
async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    console.log(usage());
    return 0;
  }
  const [name, rest] =
    args[0] === undefined || args[0].startsWith('-') ? [FIRST, args] : [args[0], args.slice(1)];
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  try {
    if (command === undefined) throw new UsageError(`There is no command ${name}`);
    return await command.run(rest);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\n\n${command?.usage ?? usage()}`);
    return 2;
  }
}

function usage(): string {
  return Object.values(COMMANDS)
    .map((command) => command.usage)
    .join('\n');
}

if (isMain(import.meta)) process.exitCode = await main(process.argv.slice(2));
