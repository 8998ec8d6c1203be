import { isMain } from '@mp/process';
import { type Command, UsageError } from './command.ts';

/** Each is loaded when it is asked for, so that its children need not load what the others use. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  analyse: async () => (await import('./analyse/command.ts')).analyse,
  count: async () => (await import('./count/command.ts')).count,
  download: async () => (await import('./download/command.ts')).download,
  farm: async () => (await import('./farm/command.ts')).farm,
  serve: async () => (await import('./serve/command.ts')).serve,
  logs: async () => (await import('./logs/command.ts')).logs,
  web: async () => (await import('./web/command.ts')).web,
  cluster: async () => (await import('./cluster/command.ts')).cluster,
  jobs: async () => (await import('./jobs/command.ts')).jobs,
  tour: async () => (await import('./tour/command.ts')).tour,
};
/** What runs when nothing is asked for. */
const FIRST = 'analyse';

/** @returns the exit code */
async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    console.log(await usage());
    return 0;
  }
  const [name, rest] =
    args[0] === undefined || args[0].startsWith('-') ? [FIRST, args] : [args[0], args.slice(1)];
  const command = Object.hasOwn(COMMANDS, name) ? await COMMANDS[name]() : undefined;
  try {
    if (command === undefined) throw new UsageError(`There is no command ${name}`);
    return await command.run(rest);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\n\n${command?.usage ?? (await usage())}`);
    return 2;
  }
}

async function usage(): Promise<string> {
  const commands = await Promise.all(Object.values(COMMANDS).map((load) => load()));
  return commands.map((command) => command.usage).join('\n');
}

if (isMain(import.meta)) process.exitCode = await main(process.argv.slice(2));
