import type { CycleReport, ObjectReport, ProcessReport, Snapshot, Tie } from '../report.ts';
import { snapshot } from '../snapshot.ts';
import { oneLine, span } from '../text/format.ts';
import { colors, print, printJson } from '../text/output.ts';
import { commandText, nameOf, threadTitle } from '../text/words.ts';
import { type Command, DEADLOCK, JSON_FLAG, NO } from './command.ts';

export const tree: Command = {
  name: 'tree',
  summary: 'shows processes and threads with what they hold and wait for',
  description: [
    'Shows the processes that share something, below their parents, and for each thread what it holds and what it waits for.',
    'Threads that wait for each other in a ring are marked. A deadlock is one that cannot go on: each of its threads is blocked, without a timeout, by the next one. A possible deadlock has a thread that waits in its event loop, where another task may release what the next one waits for.',
  ],
  flags: [
    { name: 'all', short: 'a', about: 'also the channels of processes and of workers of pools' },
    JSON_FLAG,
  ],
  exits: [
    [NO, 'the directory cannot be read'],
    [DEADLOCK, 'threads wait for each other'],
  ],
  run({ flags }) {
    const seen = snapshot();
    if (flags.json) {
      const { at, directory, exists, problem, processes, agents, cycles } = seen;
      printJson({ at, directory, exists, problem, processes, agents, cycles });
    } else print(new Tree(seen, flags.all === true).lines());
    if (seen.problem !== undefined) return NO;
    return seen.cycles.length > 0 ? DEADLOCK : 0;
  },
};

class Tree {
  readonly #seen: Snapshot;
  readonly #objects: ReadonlyMap<string, ObjectReport>;
  readonly #showsInner: boolean;
  readonly #inCycle: ReadonlySet<string>;

  constructor(seen: Snapshot, showsInner: boolean) {
    this.#seen = seen;
    this.#objects = new Map(seen.objects.map((object) => [object.file, object]));
    this.#showsInner = showsInner;
    this.#inCycle = new Set(
      seen.cycles.flatMap(({ members }) => members.map(({ agent, file }) => `${agent} ${file}`)),
    );
  }

  lines(): string[] {
    const { processes, exists, problem, directory, cycles } = this.#seen;
    if (problem !== undefined) return [problem];
    if (!exists) return [`Nothing is shared: ${directory} does not exist.`];
    if (processes.length === 0) return [`No process shares anything in ${directory}.`];
    const shown = new Set(processes.map(({ pid }) => pid));
    const roots = processes.filter(({ parent }) => !shown.has(parent));
    return [...roots.flatMap((root) => this.#process(root, '', '')), ...cycles.flatMap(cycleLines)];
  }

  /** @param first what stands before its first line @param rest what stands before the others */
  #process(process: ProcessReport, first: string, rest: string): string[] {
    const children = this.#seen.processes.filter(
      ({ parent, pid }) => parent === process.pid && pid !== process.pid,
    );
    const ties = this.#ties(process);
    const bar = children.length > 0 ? '│ ' : '  ';
    return [
      `${first}${titleOf(process)}`,
      ...ties.map((line) => `${rest}${bar}  ${line}`),
      ...children.flatMap((child, index) => {
        const isLast = index === children.length - 1;
        return this.#process(child, `${rest}${isLast ? '└─ ' : '├─ '}`, `${rest}${isLast ? '   ' : '│  '}`);
      }),
    ];
  }

  #ties({ holds, waits }: ProcessReport): string[] {
    return [
      ...holds.flatMap((tie) => this.#tie(tie, 'has', '')),
      ...waits.flatMap((tie) => this.#tie(tie, 'waits for', `to ${tie.role}`)),
    ];
  }

  #tie(tie: Tie, verb: string, purpose: string): string[] {
    const object = this.#objects.get(tie.file);
    if (object === undefined || (object.inner && !this.#showsInner)) return [];
    const thread = this.#seen.agents.find(({ agent }) => agent === tie.agent)?.threadId ?? 0;
    const who = thread === 0 ? '' : `thread ${thread} `;
    const title = `${object.kind} ${colors.bold(nameOf(object))}`;
    if (verb === 'has') {
      const since = object.holders.find(({ agent }) => agent === tie.agent)?.since;
      const long = since === undefined ? '' : ` for ${span(this.#seen.at - since)}`;
      return [`${who}has ${title} as ${tie.role}${tie.count > 1 ? ` × ${tie.count}` : ''}${long}`];
    }
    const line = `${who}waits for ${title} ${purpose}${heldBy(object)}`;
    return [this.#inCycle.has(`${tie.agent} ${tie.file}`) ? colors.red(`${line}  ← ring`) : line];
  }
}

function titleOf({ pid, alive, state, command }: ProcessReport): string {
  const title = `${pid} ${state} ${commandText(command, 100)}`.trimEnd();
  if (!alive) return colors.red(title);
  return state === 'stopped' || state === 'traced' ? colors.yellow(title) : title;
}

function heldBy({ holders }: ObjectReport): string {
  const owners = holders.filter(({ role }) => role === 'owner' || role === 'writer' || role === 'reader');
  return owners.length === 0 ? '' : `, held by ${owners.slice(0, 3).map(threadTitle).join(', ')}`;
}

function cycleLines({ certainty, members }: CycleReport): string[] {
  const title = certainty === 'deadlock' ? 'Deadlock:' : 'Possible deadlock:';
  const lines = members.map((member, index) => {
    const next = members[(index + 1) % members.length];
    return `  ${threadTitle(member)} waits for ${oneLine(member.title)}, which ${threadTitle(next)} has`;
  });
  return ['', colors.red(title), ...lines];
}
