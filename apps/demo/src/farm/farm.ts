import { hostname } from 'node:os';
import { defineManager, within } from '@mp/manager';
import { Ledger } from './ledger.ts';

/** Numbers in which a worker looks for primes: from `from` on, `to` not included. */
export interface Job {
  readonly id: number;
  readonly from: number;
  readonly to: number;
}

/** Where the master is. */
export interface Place {
  readonly host: string;
  readonly port: number;
}

/** The server of the master, for workers that it did not start. */
export const Farm = defineManager(import.meta, {
  Ledger: {
    create: () => new Ledger(),
    expose: ['hold', 'begin', 'finish', 'whenBegun', 'whenDone', 'report'],
  },
});

/** Connects to the master: to the jobs that it gives, and to the ledger in which they are entered. */
export async function connectTo(place: Place, authKey: string, signal?: AbortSignal) {
  const manager = await Farm.connect(place, { authKey, signal });
  const jobs = await manager.queue<Job>({ name: 'jobs' });
  const ledger = await within(manager, { name: 'ledger' }).Ledger();
  return { manager, jobs, ledger };
}

/** What a connected program has. */
export type Connected = Awaited<ReturnType<typeof connectTo>>;

/** How a worker is called in the ledger: it may be on any machine. */
export function workerName(pid: number): string {
  return `${hostname()}/${pid}`;
}
