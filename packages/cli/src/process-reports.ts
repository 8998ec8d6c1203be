import { factsOf } from './processes.ts';
import type { AgentReport, ObjectReport, ProcessReport } from './report.ts';

/** The processes that have agents, have something mapped, or hold something or wait for it. */
export function processesOf(
  objects: readonly ObjectReport[],
  agents: readonly AgentReport[],
): ProcessReport[] {
  const found = new Map<number, ProcessReport>();
  const of = (pid: number): ProcessReport => {
    const known = found.get(pid);
    if (known !== undefined) return known;
    const made = processOf(pid);
    found.set(pid, made);
    return made;
  };
  for (const { agent, pid, alive } of agents) {
    const process = of(pid);
    process.agents.push(agent);
    // A process of another namespace is not in our /proc.
    process.alive ||= alive;
  }
  for (const { file, users, holders, waiters } of objects) {
    for (const pid of users) of(pid);
    for (const { agent, pid, role, count } of holders) of(pid).holds.push({ file, agent, role, count });
    for (const { agent, pid, for: role } of waiters) of(pid).waits.push({ file, agent, role, count: 1 });
  }
  // Of an agent of which nothing is left, the process is not known.
  found.delete(0);
  return [...found.values()].sort((a, b) => a.pid - b.pid);
}

function processOf(pid: number): ProcessReport {
  const facts = pid === 0 ? undefined : factsOf(pid);
  const lists = { agents: [], holds: [], waits: [] };
  if (facts === undefined) return { pid, parent: 0, alive: false, state: 'gone', command: '', ...lists };
  const { parent, state, command, started, memory } = facts;
  return { pid, parent, alive: state !== 'zombie', state, command, started, memory, ...lists };
}
