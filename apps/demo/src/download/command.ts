import { mkdirSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { argumentsOf, wholeNumber } from '../arguments.ts';
import { type Command, UsageError } from '../command.ts';
import { interruptible } from '../interrupt.ts';
import { tableOf } from '../table.ts';
import { downloadAll, type Plan } from './download.ts';
import type { Outcome } from './fetch-file.ts';
import { LocalServers } from './servers.ts';
import { type Source, sourcesOf } from './sources.ts';

/** Downloads files with a pool of processes, from servers that may fail. */
export const download: Command = {
  usage: `npm run demo -- download             downloads from local servers, of which some do not work
npm run demo -- download <url>...    downloads these; <url>#sha256=<64 hexadecimal digits> checks the content
  --to <folder>                      where the files go
  --workers <number>                 how many at the same time, 1 to 64; default: 3
  --silence <ms>                     how long a server may say nothing; default: 10000
`,
  run(args) {
    const { plan, urls } = parse(args);
    const given = sourcesOf(urls);
    return interruptible((stop) =>
      urls.length === 0 ? fromLocalServers(plan, stop) : run(given, plan, stop),
    );
  },
};

const FOLDER = fileURLToPath(new URL('../out/download', import.meta.url));

function parse(args: readonly string[]): { plan: Plan; urls: string[] } {
  const { values, positionals } = argumentsOf(args, {
    to: { type: 'string', default: FOLDER },
    workers: { type: 'string', default: '3' },
    silence: { type: 'string', default: '10000' },
  });
  if (values.to === '') throw new UsageError('--to must be a folder');
  const plan = {
    folder: resolve(values.to),
    workers: wholeNumber('--workers', values.workers, 1, 64),
    silence: wholeNumber('--silence', values.silence, 1, 3_600_000),
  };
  return { plan, urls: positionals };
}

async function fromLocalServers(plan: Plan, stop: AbortSignal): Promise<number> {
  const servers = await LocalServers.start();
  try {
    for (const title of servers.titles) console.log(title);
    const exitCode = await run(sourcesOf(servers.urls), plan, stop);
    console.log(`at most ${servers.most} at the same time, as the servers counted`);
    return exitCode;
  } finally {
    await servers.close();
  }
}

/** @returns the exit code: 0 when all files were downloaded */
async function run(sources: readonly Source[], plan: Plan, stop: AbortSignal): Promise<number> {
  const { folder } = plan;
  try {
    // Only our own folder is made: one that the user names is there, or mistyped.
    if (folder === FOLDER) mkdirSync(folder, { recursive: true });
    if (!statSync(folder).isDirectory()) throw new Error('it is not a folder');
  } catch (error) {
    console.error(`Cannot download to ${folder}: ${(error as Error).message}`);
    return 1;
  }
  const outcomes = await downloadAll(sources, plan, stop);
  const head = ['file', 'from', 'bytes', 'attempts', 'result'];
  for (const line of tableOf(head, rowsOf(sources, outcomes))) console.log(line);
  const failed = outcomes.filter((outcome) => 'failure' in outcome).length;
  console.log(`${sources.length - failed} of ${sources.length} files are in ${folder}`);
  return failed === 0 ? 0 : 1;
}

function rowsOf(sources: readonly Source[], outcomes: readonly Outcome[]): (string | number)[][] {
  return outcomes.map((outcome, index) => {
    const { url, file, sha256 } = sources[index];
    const start = [file, new URL(url).host];
    if ('failure' in outcome)
      return [...start, '', outcome.attempts, `failed: ${printable(outcome.failure)}`];
    return [...start, outcome.bytes, outcome.attempts, sha256 === undefined ? 'ok' : 'ok, the hash is right'];
  });
}

/** What a server says may have more than letters in it. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ');
}
