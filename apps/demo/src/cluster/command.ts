import { resolve } from 'node:path';
import { argumentsOf } from '../arguments.ts';
import { type Command, UsageError } from '../command.ts';
import { bytePath } from '../files/byte-path.ts';
import { interruptible } from '../interrupt.ts';
import { findLogs } from '../logs/find-logs.ts';
import { isRedisInstalled } from './redis-server.ts';
import { show } from './show.ts';

const DIRECTORY = '/usr/share/doc';

/** The log pipeline over several machines, which share one Redis. */
export const cluster: Command = {
  usage: `npm run demo -- cluster              reads the logs of the system's documentation on three machines over a Redis
npm run demo -- cluster <directory>  reads those of another directory
`,
  async run(args) {
    const { positionals } = argumentsOf(args, {});
    if (positionals[0] === '' || positionals.length > 1)
      throw new UsageError(`Cannot understand ${args.join(' ')}`);
    if (!isRedisInstalled()) {
      console.error('There is no redis-server. Debian and Ubuntu have it: apt install redis-server');
      return 1;
    }
    const directory = resolve(positionals[0] ?? DIRECTORY);
    const root = bytePath(directory);
    let logs: number;
    try {
      logs = [...findLogs(root)].length;
    } catch (error) {
      console.error(`Cannot read the logs of ${directory}: ${(error as Error).message}`);
      return 1;
    }
    if (logs === 0) {
      console.error(`There is no changelog*.gz below ${directory}. Name a directory that has some`);
      return 1;
    }
    return interruptible((stop) => show(root, logs, stop));
  },
};
