import {
  agentPageIn,
  H_CREATED_F64,
  isHolderAlive,
  lookAt,
  type PublishedWait,
  publishedWaitIn,
} from '@mp/core/internal';
import type { AgentReport, ThreadReport } from './report.ts';

/** Bytes of an agent's page that say something. */
const PAGE_PART = 512;

/** An agent at the moment of a look. */
export interface SeenAgent {
  readonly report: AgentReport;
  readonly wait: PublishedWait | undefined;
}

/** The agents whose pages are in a directory. */
export class SeenAgents implements Iterable<AgentReport> {
  readonly #directory: string;
  readonly #agents = new Map<number, SeenAgent>();

  constructor(directory: string, files: readonly string[]) {
    this.#directory = directory;
    for (const file of files) {
      if (!/^a-\d+$/.test(file)) continue;
      const seen = this.#see(file);
      if (seen !== undefined) this.#agents.set(seen.report.agent, seen);
    }
  }

  *[Symbol.iterator](): Iterator<AgentReport> {
    for (const { report } of this.#agents.values()) yield report;
  }

  /** What is known of an agent that an object names. */
  get(agent: number): SeenAgent | undefined {
    return this.#agents.get(agent);
  }

  /** The thread of an agent that an object names: dead when nothing is left of it. */
  threadOf(agent: number): ThreadReport {
    const { pid, threadId, alive } = this.#agents.get(agent)?.report ?? { pid: 0, threadId: 0, alive: false };
    return { agent, pid, threadId, alive };
  }

  /** Whether its wait, which blocks it, is the same as before: it was blocked all the time in between. */
  isStillBlocked(agent: number): boolean {
    const before = this.#agents.get(agent)?.wait;
    if (before === undefined) return false;
    const look = lookAt(this.#directory, `a-${agent}`, PAGE_PART);
    const now = look && publishedWaitIn(look);
    return now !== undefined && now.wait === before.wait && now.agent === before.agent;
  }

  #see(file: string): SeenAgent | undefined {
    const look = lookAt(this.#directory, file, PAGE_PART);
    const page = look && agentPageIn(look);
    if (look === undefined || page === undefined) return undefined;
    const alive = isHolderAlive(`${this.#directory}/${file}`);
    const wait = alive ? publishedWaitIn(look) : undefined;
    const { agent, pid, threadId, rung } = page;
    const report: AgentReport = {
      agent,
      pid,
      threadId,
      alive,
      created: look.floats[H_CREATED_F64],
      mode: alive ? page.mode : 'dead',
      rung,
      ...(wait && { waitsFor: { agent: wait.agent, title: wait.title, looks: wait.looks } }),
    };
    return { report, wait };
  }
}
