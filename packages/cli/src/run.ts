import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { MpError } from '@mp/core';
import { type Call, type Command, NO, UsageError } from './commands/command.ts';
import { manual, manualOf } from './commands/help.ts';
import { COMMANDS } from './commands/table.ts';

/** The command line is wrong. */
const USAGE = 2;

/** Runs one command line. @returns the exit code */
export async function run(args: readonly string[]): Promise<number> {
  const [first, ...rest] = args;
  try {
    if (first === undefined || first === '--help' || first === '-h') {
      console.log(manual(COMMANDS));
      return first === undefined ? USAGE : 0;
    }
    if (first === '--version' || first === '-V') {
      console.log(version());
      return 0;
    }
    if (first === 'help') {
      console.log(rest[0] === undefined ? manual(COMMANDS) : manualOf(commandNamed(rest[0])));
      return 0;
    }
    return await runCommand(commandNamed(first), rest);
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`mp: ${error.message}. See mp help`);
      return USAGE;
    }
    if (!(error instanceof MpError)) throw error;
    console.error(`mp: ${error.message}`);
    return NO;
  }
}

async function runCommand(command: Command, args: readonly string[]): Promise<number> {
  const call = parse(command, args);
  if (call.flags.help) {
    console.log(manualOf(command));
    return 0;
  }
  const [least, most] = command.takes ?? [0, 0];
  const { length } = call.operands;
  if (length < least) throw new UsageError(`mp ${command.name} needs ${command.operands}`);
  if (length > most)
    throw new UsageError(`mp ${command.name} does not take ${JSON.stringify(call.operands[most])}`);
  return command.run(call);
}

function commandNamed(name: string): Command {
  const found = COMMANDS.find((command) => command.name === name);
  if (found !== undefined) return found;
  const known = COMMANDS.map((command) => command.name).join(', ');
  throw new UsageError(`There is no command ${JSON.stringify(name)}; there are ${known}`);
}

function parse({ name, flags }: Command, args: readonly string[]): Call {
  const known = Object.fromEntries(
    [...flags, { name: 'help', short: 'h', value: undefined }].map(({ name: flag, short, value }) => [
      flag,
      { type: value === undefined ? ('boolean' as const) : ('string' as const), ...(short && { short }) },
    ]),
  );
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: known, allowPositionals: true });
    return { operands: positionals, flags: values as Call['flags'] };
  } catch (error) {
    throw new UsageError(`mp ${name}: ${(error as Error).message.split('. ')[0].replace(/\.$/, '')}`);
  }
}

function version(): string {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version;
}
