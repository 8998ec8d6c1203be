import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebServer } from '@mp/cli';
import { argumentsOf, wholeNumber } from '../arguments.ts';
import { type Command, UsageError } from '../command.ts';
import { bytePath } from '../files/byte-path.ts';
import { interruptible } from '../interrupt.ts';
import { findLogs } from '../logs/find-logs.ts';
import { readAgainAndAgain } from './endless-run.ts';

/** The log pipeline without an end, and a page that shows what it shares. */
export const web: Command = {
  usage: `npm run demo -- web                  the log pipeline again and again, with a worker killed now and then, and a page beside it
npm run demo -- web <directory>      reads every changelog*.gz below another directory
  --port <number>                    of the page; default: a free one
  --workers <number>                 processes that read, 2 to 64; default: 4
  --kill <seconds>                   from one kill to the next, 1 to 3600; default: 6
`,
  run(args) {
    const options = parse(args);
    return interruptible((stop) => run(options, stop));
  },
};

const DIRECTORY = '/usr/share/doc';
/** Beside the built program's folder. */
const REPORT = fileURLToPath(new URL('../out/web-logs.txt', import.meta.url));

interface WebDemoOptions {
  directory: string;
  port: number;
  workers: number;
  /** Seconds. */
  kill: number;
}

function parse(args: readonly string[]): WebDemoOptions {
  const { values, positionals } = argumentsOf(args, {
    port: { type: 'string', default: '0' },
    workers: { type: 'string', default: '4' },
    kill: { type: 'string', default: '6' },
  });
  if (positionals[0] === '' || positionals.length > 1)
    throw new UsageError(`Cannot understand ${args.join(' ')}`);
  return {
    directory: resolve(positionals[0] ?? DIRECTORY),
    port: wholeNumber('--port', values.port, 0, 65_535),
    workers: wholeNumber('--workers', values.workers, 2, 64),
    kill: wholeNumber('--kill', values.kill, 1, 3_600),
  };
}

/** @returns the exit code: 0 when it was told to end */
async function run({ directory, port, workers, kill }: WebDemoOptions, stop: AbortSignal): Promise<number> {
  const root = bytePath(directory);
  try {
    if (findLogs(root).next().done) {
      console.error(
        `There is no changelog*.gz below ${directory}. Name a directory that has some: npm run demo -- web <directory>`,
      );
      return 1;
    }
  } catch (error) {
    console.error(`Cannot read the logs of ${directory}: ${(error as Error).message}`);
    return 1;
  }
  mkdirSync(dirname(REPORT), { recursive: true });
  closeSync(openSync(REPORT, 'w'));
  let page: WebServer;
  try {
    page = await WebServer.start({ port });
  } catch (error) {
    console.error(
      `Cannot serve the page: ${(error as Error).message}. Choose another port by --port, or 0 for a free one`,
    );
    return 1;
  }
  console.log(`open ${page.address}`);
  console.log(
    `reading the logs of ${directory} with ${workers} workers, of which one is killed now and then`,
  );
  try {
    await readAgainAndAgain({
      root,
      report: REPORT,
      workers,
      killEveryMs: kill * 1000,
      say: (line) => console.log(line),
      signal: stop,
    });
    return 0;
  } finally {
    await page.close();
  }
}
