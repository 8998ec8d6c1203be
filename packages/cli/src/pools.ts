import type { ObjectReport, PoolReport, PoolWorkerReport } from './report.ts';

/** Puts pools together from the channels to their workers. */
export function poolsIn(channels: readonly ObjectReport[]): PoolReport[] {
  const pools = new Map<string, PoolReport>();
  for (const channel of channels) {
    const owner = channel.holders.find(({ role }) => role === 'pool');
    if (owner === undefined) continue;
    const id = poolOf(channel);
    const { agent, pid, threadId, alive } = owner;
    const pool = pools.get(id) ?? { id, owner: { agent, pid, threadId, alive }, workers: [] };
    pool.workers.push(workerIn(channel));
    pools.set(id, pool);
  }
  for (const { workers } of pools.values()) workers.sort((a, b) => a.created - b.created);
  return [...pools.values()];
}

/** The id of the pool that a channel belongs to. */
export function poolOf({ holders, details }: ObjectReport): string {
  return `${holders.find(({ role }) => role === 'pool')?.agent ?? 0}.${details.pool}`;
}

function workerIn({ file, created, holders, state, counters, measures }: ObjectReport): PoolWorkerReport {
  const worker = holders.find(({ role }) => role === 'worker');
  const { begun, ended } = counters;
  const head = { file, created, begun, ended, depth: measures.depth ?? 0 };
  if (worker === undefined) return { ...head, state: 'starting' };
  const { agent, pid, threadId, alive } = worker;
  return {
    ...head,
    thread: { agent, pid, threadId, alive },
    state: !alive ? 'dead' : state === 'busy' ? 'busy' : 'idle',
  };
}
