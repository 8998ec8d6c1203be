import { constants } from 'node:os';
import { join } from 'node:path';
import { Process } from '@mp/process';
import { connectRedis } from '@mp/redis';
import { findLogs } from '../logs/find-logs.ts';
import { count, machine, type Orders } from './machine.ts';
import { startRedis } from './redis-server.ts';
import { type Counted, type Shared, sharedOf } from './shared.ts';

const MACHINES = 3;

/**
 * The pipeline over three machines, of which one is killed with a log in its hands; then everything is counted again here.
 *
 * @param root where the logs are: a string of bytes
 * @param logs how many there are
 * @returns the exit code: 0 when every log has one result, the same as here, and what was lost was given again
 */
export async function show(root: string, logs: number, stop: AbortSignal): Promise<number> {
  const server = await startRedis();
  const site = await connectRedis(server.url, { namespace: 'demo' });
  const shared = sharedOf(site);
  const orders: Orders = { url: server.url, namespace: 'demo', root, fatal: Math.ceil(logs / 3) };
  const machines = Array.from(
    { length: MACHINES },
    () => new Process({ target: machine, args: [orders], daemon: true }),
  );
  try {
    console.log(`Redis at ${server.url}, ${MACHINES} machines, ${logs} logs`);
    for (const each of machines) each.start();
    await Promise.race([
      Promise.all([handOut(root, shared, stop), killOne(machines, shared, stop)]),
      allEnded(machines, stop),
    ]);
    for (const each of machines) await each.join({ signal: stop });
    return await report(root, logs, shared);
  } finally {
    for (const each of machines) each.kill();
    for (const each of machines) await each.join();
    await site.close();
    await server.end();
  }
}

/** Each put waits while enough names are there. */
async function handOut(root: string, { files }: Shared, signal: AbortSignal): Promise<void> {
  for (const path of findLogs(root)) await files.put(path, { signal });
  await files.shutdown();
}

async function killOne(machines: readonly Process[], shared: Shared, signal: AbortSignal): Promise<void> {
  await shared.isDoomed.wait({ signal });
  const pid = await shared.doomed.get();
  machines.find((each) => each.pid === pid)?.kill();
  console.log(`machine ${pid} is killed by SIGKILL, with a log in its hands`);
}

/** Rejects when no machine is left, and none has seen the end of the logs. */
async function allEnded(machines: readonly Process[], stop: AbortSignal): Promise<never> {
  for (const each of machines) await each.join({ signal: stop });
  if (machines.some(({ exitCode }) => exitCode === 0)) return new Promise(() => {});
  const ends = machines.map(({ exitCode = 0 }) =>
    exitCode === -constants.signals.SIGKILL ? 'SIGKILL' : `code ${exitCode}`,
  );
  throw new Error(`All machines have failed: ${ends.join(', ')}`);
}

/** @returns the exit code */
async function report(root: string, logs: number, { results, deliveries }: Shared): Promise<number> {
  const found = new Map<string, Counted>();
  for await (const [path, counted] of results.entries()) found.set(path, counted);
  const delivered = await deliveries.get();
  const here = new Map<string, Counted>();
  for (const path of findLogs(root)) here.set(path, await count(join(root, path)));
  const [theirs, ours] = [sumOf(found.values()), sumOf(here.values())];
  console.log(`${logs} logs, ${delivered} deliveries, ${found.size} results`);
  console.log(`${theirs.lines} lines, ${theirs.bytes} bytes, ${theirs.entries} entries, on all machines`);
  console.log(`${ours.lines} lines, ${ours.bytes} bytes, ${ours.entries} entries, counted again here`);
  const isRight =
    found.size === logs &&
    delivered > logs &&
    [...here].every(([path, counted]) => sameAs(counted, found.get(path)));
  console.log(isRight ? 'every log has one result, and each is right' : 'they differ');
  return isRight ? 0 : 1;
}

function sumOf(all: Iterable<Counted>): Counted {
  const sum = { lines: 0, bytes: 0, entries: 0 };
  for (const { lines, bytes, entries } of all) {
    sum.lines += lines;
    sum.bytes += bytes;
    sum.entries += entries;
  }
  return sum;
}

function sameAs(one: Counted, other: Counted | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
