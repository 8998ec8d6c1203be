import type { ObjectReport, PoolReport, ProcessReport, Snapshot } from '../../src/report.ts';
import { Changes, type Update } from '../../src/web/changes.ts';

/** A lock as a snapshot has it. */
export function lock(
  name: string,
  holders: number[],
  waiters: number[] = [],
  more: Partial<ObjectReport> = {},
): ObjectReport {
  return {
    file: `n-${name}`,
    name,
    kind: 'Lock',
    inner: false,
    version: 1,
    size: 4096,
    satellites: 0,
    pins: 0,
    created: 0,
    creator: { pid: 1, alive: true },
    users: [],
    state: holders.length > 0 ? 'held' : 'free',
    holders: holders.map((pid) => ({
      agent: pid * 10,
      pid,
      threadId: 0,
      alive: true,
      role: 'owner',
      count: 1,
    })),
    waiters: waiters.map((pid) => {
      return {
        agent: pid * 10,
        pid,
        threadId: 0,
        alive: true,
        for: 'acquire',
        how: 'async',
        chosen: false,
      } as const;
    }),
    measures: {},
    counters: { acquisitions: 0, rescued: 0 },
    details: {},
    torn: [],
    ...more,
  };
}

/** Processes with one agent each, tied to the objects as these say. */
export function processesOf(
  objects: readonly ObjectReport[],
  pids: readonly number[],
  parent = 1,
): ProcessReport[] {
  return pids.map((pid) => ({
    pid,
    parent,
    alive: true,
    state: 'sleeping',
    command: `/usr/bin/node program-${pid}.js`,
    started: pid,
    agents: [pid * 10],
    holds: objects.flatMap(({ file, holders }) => {
      return holders
        .filter((holder) => holder.pid === pid)
        .map(({ agent, role, count }) => ({ file, agent, role, count }));
    }),
    waits: objects.flatMap(({ file, waiters }) => {
      return waiters
        .filter((waiter) => waiter.pid === pid)
        .map((waiter) => ({ file, agent: waiter.agent, role: waiter.for, count: 1 }));
    }),
  }));
}

/** Turns snapshots into the updates that the page gets. */
export class Looks {
  readonly #changes = new Changes(500);
  #at = 1_000_000;
  #isFirst = true;

  /** One more look, half a second later. */
  next(objects: ObjectReport[], pids: readonly number[], more: Partial<Snapshot> = {}): Update {
    this.#at += 500;
    const agents = pids.map((pid) => {
      const thread = { agent: pid * 10, pid, threadId: 0, alive: true };
      return { ...thread, created: 0, mode: 'event loop', rung: false } as const;
    });
    const head = { at: this.#at, took: 1, directory: '/dev/shm/mp', exists: true };
    const lists = {
      objects,
      agents,
      processes: processesOf(objects, pids),
      pools: [],
      leftovers: [],
      cycles: [],
    };
    const text = this.#changes.take({ ...head, ...lists, ...more });
    const update = JSON.parse(this.#isFirst ? this.#changes.whole! : text) as Update;
    this.#isFirst = false;
    return update;
  }

  get at(): number {
    return this.#at;
  }
}

/** A pool of one worker. */
export function poolOf(
  file: string,
  pid: number,
  state: 'idle' | 'busy' | 'dead',
  created: number,
): PoolReport {
  const thread = { agent: pid * 10, pid, threadId: 0, alive: state !== 'dead' };
  const worker = { file, thread, state, created, begun: 1, ended: state === 'busy' ? 0 : 1, depth: 0 };
  return { id: '7.0', owner: { agent: 7, pid: 1, threadId: 0, alive: true }, workers: [worker] };
}
