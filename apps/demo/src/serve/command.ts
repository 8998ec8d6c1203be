import { once } from 'node:events';
import { cpuCount } from '@mp/process';
import { SharedMap } from '@mp/shared';
import { argumentsOf, wholeNumber } from '../arguments.ts';
import { type Command, UsageError } from '../command.ts';
import { interruptible } from '../interrupt.ts';
import { demonstrate } from './demo.ts';
import { type Place, Port } from './port.ts';
import { Supervisor } from './supervisor.ts';
import type { Hits } from './worker.ts';

/** An HTTP server of several processes on one port, which are restarted when they die. */
export const serve: Command = {
  usage: `npm run demo -- serve                serves HTTP until Ctrl-C; SIGUSR2 replaces the workers one by one
  --host <address>                   where it listens; default: 127.0.0.1
  --port <number>                    default: 4700; 0 takes a free one
  --workers <number>                 1 to 64; default: one for each processor
npm run demo -- serve --demo         kills a worker while it serves, and ends
`,
  run(args) {
    const options = parse(args);
    return interruptible((stop) => run(options, stop));
  },
};

interface ServeOptions {
  readonly place: Place;
  readonly workers: number;
  readonly isDemo: boolean;
}

function parse(args: readonly string[]): ServeOptions {
  const { values, positionals } = argumentsOf(args, {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string' },
    workers: { type: 'string' },
    demo: { type: 'boolean', default: false },
  });
  if (positionals.length > 0) throw new UsageError(`Cannot understand ${positionals.join(' ')}`);
  const { host, demo: isDemo, port = isDemo ? '0' : '4700', workers = String(cpuCount()) } = values;
  return {
    place: { host, port: wholeNumber('--port', port, 0, 65_535) },
    workers: wholeNumber('--workers', workers, 1, 64),
    isDemo,
  };
}

/** @returns the exit code: 0 when all requests were finished */
async function run({ place, workers, isDemo }: ServeOptions, stop: AbortSignal): Promise<number> {
  let port: Port;
  try {
    port = await Port.open(place);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const wayOut = code === 'EADDRINUSE' ? '. Choose another one by --port, or 0 for a free one' : '';
    console.error(`Cannot serve at ${place.host}:${place.port}: ${message}${wayOut}`);
    return 1;
  }
  const hits: Hits = new SharedMap();
  const supervisor = new Supervisor(port, hits);
  const renew = () => void supervisor.renew();
  process.on('SIGUSR2', renew);
  try {
    await supervisor.start(workers);
    const url = `http://${place.host.includes(':') ? `[${place.host}]` : place.host}:${port.number}/`;
    console.log(`${url} is served by ${workers} workers`);
    if (isDemo) return await demonstrate(url, supervisor, stop);
    if (!stop.aborted) await once(stop, 'abort');
    console.log('told to end: the requests under way are finished');
    const inTime = await supervisor.end();
    console.log(inTime ? 'all workers have ended' : 'some workers did not end in time, and were killed');
    return inTime ? 0 : 1;
  } finally {
    await supervisor.end();
    process.off('SIGUSR2', renew);
    await port.close();
    hits.close();
  }
}
