import { lstatSync, type Stats } from 'node:fs';
import type { SeenAgents } from './agents.ts';
import { isInner } from './describers.ts';
import type { Users } from './leftovers.ts';
import type { SeenObject } from './objects.ts';
import { factsOf, type ProcessFacts, wasThereAt } from './processes.ts';
import type { CreatorReport, HolderReport, ObjectReport, WaiterReport } from './report.ts';

/** A file that belongs to a segment: a satellite, or a pin of another one. */
export interface Part {
  readonly file: string;
  readonly stats: Stats;
}

/** Makes reports of objects: puts threads and processes in the places of ids. */
export class ObjectReports {
  readonly #agents: SeenAgents;
  readonly #users: Users;
  readonly #parts: ReadonlyMap<string, readonly Part[]>;
  /** In how many waiter tables each agent stands. */
  readonly #entries = new Map<number, number>();
  readonly #facts = new Map<number, ProcessFacts | undefined>();

  /**
   * @param files what is in the directory
   * @param all every object, also those that are not asked for
   */
  constructor(
    directory: string,
    files: readonly string[],
    all: readonly SeenObject[],
    agents: SeenAgents,
    users: Users,
  ) {
    this.#agents = agents;
    this.#users = users;
    this.#parts = partsOf(directory, files);
    for (const { agent } of all.flatMap(({ said }) => said.waiters))
      this.#entries.set(agent, (this.#entries.get(agent) ?? 0) + 1);
  }

  of(seen: SeenObject): ObjectReport {
    const { file, name, said, torn, problem } = seen;
    const satellites = this.#parts.get(file) ?? [];
    const holders = said.holders.map(
      (each): HolderReport => ({
        ...this.#agents.threadOf(each.agent),
        role: each.role,
        count: each.count,
        ...(each.since !== undefined && { since: each.since }),
      }),
    );
    return {
      file,
      ...(name !== undefined && { name }),
      kind: seen.kind,
      inner: isInner(seen.code),
      version: seen.version,
      size: satellites.reduce((sum, { stats }) => sum + stats.size, seen.bytes),
      satellites: satellites.length,
      pins: seen.links - 1,
      created: seen.created,
      creator: this.#creatorOf(seen),
      users: [...(this.#users.get(seen.inode) ?? [])],
      state: stateOf(said.state, holders),
      holders,
      waiters: said.waiters.map(
        (each): WaiterReport => ({
          ...this.#agents.threadOf(each.agent),
          for: each.for,
          how: this.#howWaits(each.agent, titleOf(seen)),
          chosen: each.chosen,
        }),
      ),
      measures: { ...said.measures },
      counters: { ...said.counters },
      details: { ...said.details },
      ...(said.givenLock !== undefined && { givenLock: said.givenLock }),
      torn: [...torn],
      ...(problem !== undefined && { problem }),
    };
  }

  #howWaits(agent: number, title: string): WaiterReport['how'] {
    const { mode, waitsFor } = this.#agents.get(agent)?.report ?? {};
    if (mode === 'event loop') return 'async';
    if (mode !== 'asleep') return 'unknown';
    if (waitsFor !== undefined) return waitsFor.title === title ? 'sync' : 'async';
    return this.#entries.get(agent) === 1 ? 'sync' : 'unknown';
  }

  #creatorOf({ creator, created }: SeenObject): CreatorReport {
    const facts = this.#factsOf(creator);
    const alive = facts !== undefined && facts.state !== 'zombie' && wasThereAt(facts, created);
    return { pid: creator, alive, ...(alive && { command: facts.command }) };
  }

  #factsOf(pid: number): ProcessFacts | undefined {
    if (!this.#facts.has(pid)) this.#facts.set(pid, factsOf(pid));
    return this.#facts.get(pid);
  }
}

/** What errors call an object. */
export function titleOf({
  file,
  kind,
  name,
}: {
  file: string;
  kind: string;
  name?: string | undefined;
}): string {
  return `${kind} ${name === undefined ? file : JSON.stringify(name)}`;
}

/** What is held by the dead only is not free yet, and nobody has it any more. */
function stateOf(state: string, holders: readonly HolderReport[]): string {
  const isAbandoned = holders.length > 0 && holders.every(({ alive }) => !alive);
  return isAbandoned && HELD.has(state) ? 'abandoned' : state;
}

const HELD: ReadonlySet<string> = new Set(['held', 'writing', 'reading', 'busy', 'idle', 'ready']);

/** The satellites of each segment; pins, which are names of other segments' files, belong to those. */
function partsOf(directory: string, files: readonly string[]): Map<string, Part[]> {
  const parts = new Map<string, Part[]>();
  for (const file of files) {
    const plus = file.indexOf('+');
    if (plus < 0 || file.startsWith('a-')) continue;
    const stats = lstatSync(`${directory}/${file}`, { throwIfNoEntry: false });
    if (stats === undefined || stats.nlink > 1) continue;
    const owner = file.slice(0, plus);
    const known = parts.get(owner);
    if (known === undefined) parts.set(owner, [{ file, stats }]);
    else known.push({ file, stats });
  }
  return parts;
}
