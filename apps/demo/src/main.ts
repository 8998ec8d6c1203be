import { parseArgs } from 'node:util';
import { isMain } from '@mp/process';
import { countCommand } from './count/command.ts';
import { TOUR_USAGE, tourCommand } from './tour/command.ts';

const USAGE = `npm run demo                         counts the text of this repository's node_modules
npm run demo -- count <directory>    counts the text of another directory
  --out <file>                       where the table goes: path, lines, characters
  --workers <number>                 processes that count, 1 to 1024; default: one for each processor

${TOUR_USAGE}`;

/** Beside this program, once it is built. */
const SCENES = new URL('./tour/scenes/', import.meta.url);

/** @returns the exit code */
async function main(args: string[]): Promise<number> {
  if (args[0] === 'tour') return tourCommand(args.slice(1), SCENES);
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  const { values, positionals } = parsed;
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const [command = 'count', directory, ...rest] = positionals;
  const workers = values.workers === undefined ? undefined : Number(values.workers);
  if (
    command !== 'count' ||
    directory === '' ||
    rest.length > 0 ||
    (workers !== undefined && !(Number.isInteger(workers) && workers >= 1 && workers <= 1024))
  ) {
    console.error(`Cannot understand ${args.join(' ')}\n\n${USAGE}`);
    return 2;
  }
  return countCommand({ directory, out: values.out, workers });
}

function parse(args: string[]) {
  const options = {
    out: { type: 'string' },
    workers: { type: 'string' },
    help: { type: 'boolean' },
  } as const;
  return parseArgs({ args, options, allowPositionals: true });
}

if (isMain(import.meta)) process.exitCode = await main(process.argv.slice(2));
