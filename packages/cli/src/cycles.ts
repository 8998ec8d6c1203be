import type { SeenAgents } from './agents.ts';
import { titleOf } from './object-reports.ts';
import type { CycleMember, CycleReport, ObjectReport } from './report.ts';

/** One thread waits for something that another one has. */
interface Edge {
  readonly from: number;
  readonly to: number;
  readonly file: string | undefined;
  readonly title: string;
}

/**
 * The rings of threads that wait for each other; of several through the same threads, a shortest one.
 *
 * @param owned the objects whose waiters wait for what their holders have
 */
export function cyclesIn(owned: readonly ObjectReport[], agents: SeenAgents): CycleReport[] {
  const edges = edgesOf(owned, agents);
  const found: CycleReport[] = [];
  const seen = new Set<number>();
  for (const start of edges.keys()) {
    if (seen.has(start)) continue;
    const ring = shortestRing(start, edges);
    if (ring === undefined) continue;
    for (const { from } of ring) seen.add(from);
    found.push(cycleOf(ring, agents));
  }
  return found;
}

function edgesOf(owned: readonly ObjectReport[], agents: SeenAgents): Map<number, Edge[]> {
  const edges = new Map<number, Edge[]>();
  const add = (edge: Edge) => {
    // A thread that waits for itself has other tasks: its event loop goes on.
    if (edge.from === edge.to) return;
    const others = edges.get(edge.from);
    if (others === undefined) edges.set(edge.from, [edge]);
    else if (!others.some(({ to }) => to === edge.to)) others.push(edge);
  };
  for (const object of owned) {
    const { file, holders, waiters } = object;
    const title = titleOf(object);
    for (const waiter of waiters) {
      if (!waiter.alive || NOT_FOR_HOLDERS.has(waiter.for)) continue;
      for (const holder of holders) {
        const isInTheWay = holder.alive && !(waiter.for === 'read' && holder.role === 'reader');
        if (isInTheWay) add({ from: waiter.agent, to: holder.agent, file, title });
      }
    }
  }
  for (const { agent, waitsFor } of agents) {
    // Its owner may be of an object that cannot be seen: one that was removed, or a given lock.
    if (waitsFor !== undefined && agents.threadOf(waitsFor.agent).alive)
      add({ from: agent, to: waitsFor.agent, file: undefined, title: waitsFor.title });
  }
  return edges;
}

/** What a holder cannot give. */
const NOT_FOR_HOLDERS: ReadonlySet<string> = new Set(['notify', 'watch']);

function shortestRing(start: number, edges: ReadonlyMap<number, readonly Edge[]>): Edge[] | undefined {
  const cameBy = new Map<number, Edge>();
  let reached = [start];
  while (reached.length > 0) {
    const next: number[] = [];
    for (const edge of reached.flatMap((agent) => edges.get(agent) ?? [])) {
      if (edge.to === start) return pathBack(edge, start, cameBy);
      if (cameBy.has(edge.to)) continue;
      cameBy.set(edge.to, edge);
      next.push(edge.to);
    }
    reached = next;
  }
  return undefined;
}

function pathBack(last: Edge, start: number, cameBy: ReadonlyMap<number, Edge>): Edge[] {
  const path = [last];
  for (let edge = last; edge.from !== start; ) {
    edge = cameBy.get(edge.from) as Edge;
    path.unshift(edge);
  }
  return path;
}

function cycleOf(ring: readonly Edge[], agents: SeenAgents): CycleReport {
  const members = ring.map(
    ({ from, file, title }): CycleMember => ({
      ...agents.threadOf(from),
      ...(file !== undefined && { file }),
      title,
    }),
  );
  // All of them were blocked from before the objects were read until now, so what was read held all the time.
  const isCertain = ring.every(
    ({ from, to, file }) =>
      file !== undefined && agents.get(from)?.wait?.agent === to && agents.isStillBlocked(from),
  );
  return { certainty: isCertain ? 'deadlock' : 'possible', members };
}
