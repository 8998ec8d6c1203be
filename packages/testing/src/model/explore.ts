import { globalsOf, replacementsOf, systemCallAt } from './environment.ts';
import type { Sources } from './loader.ts';
import { IMMEDIATE, KILL, Machine, RING, STEP, TIME } from './machine.ts';
import type { ModelAgent } from './model-agent.ts';
import { type Bounds, modelOf, type Scenario } from './scenario.ts';
import { FUTEX, NAP, POLL, type Stop } from './steps.ts';

/*
 * Tries every way in which the agents of a scenario can take turns, and everything that can happen to them. It goes
 * depth first and by repetition: each run begins anew, makes the choices that led to the newest one that has an
 * untried alternative, and takes that. A run ends where it comes to a state that an earlier one has seen: equal
 * memory, and agents that have seen equal things, go on equally.
 */

/** What an exploration found. */
export interface Exploration {
  readonly states: number;
  readonly runs: number;
  readonly steps: number;
  /** Whether nothing within the bounds was left out. */
  readonly complete: boolean;
  /** What is wrong, and the steps that lead to it. */
  readonly failure: string | undefined;
}

interface Choice {
  readonly options: readonly number[];
  /** Whether only time could go on. */
  readonly isIdle: boolean;
  taken: number;
}

/** Looks of its own that an agent may need when nobody can go on. The period is the same for all: looks go round. */
const LOOKS_MOST = 4;
const STEPS_MOST = 5_000;
const STATES_MOST = 100_000;
const KINDS = 8;
/** Where an agent stops beside the places in the sources. */
const SLEEPS: readonly Stop[] = [POLL, FUTEX, NAP];

/** @param sources the scenarios, and what they use */
export class Explorer {
  readonly #sources: Sources;
  readonly #machine = new Machine();
  readonly #scenarios: Map<string, Scenario>;

  constructor(sources: Sources) {
    this.#sources = sources;
    const exported = sources.load(globalsOf(this.#machine), replacementsOf(this.#machine));
    this.#scenarios = new Map(
      Object.values(exported).map((each) => [(each as Scenario).name, each as Scenario]),
    );
  }

  get names(): string[] {
    return [...this.#scenarios.keys()];
  }

  explore(name: string, more: (bounds: Bounds) => Bounds = () => ({})): Exploration {
    const scenario = this.#scenarios.get(name);
    if (scenario === undefined) throw new Error(`There is no scenario ${JSON.stringify(name)}`);
    const bounds = { ...scenario.bounds, ...more(scenario.bounds ?? {}) };
    return new Search(this.#machine, scenario, bounds, this.#sources).run();
  }
}

class Search {
  readonly #machine: Machine;
  readonly #scenario: Scenario;
  readonly #bounds: Bounds;
  readonly #sources: Sources;
  readonly #seen = new Set<number>();
  readonly #path: Choice[] = [];
  #world: unknown;
  #kills = 0;
  #looks = 0;
  #timeouts = 0;
  #preemptions = 0;
  #last = 0;
  #isIdle = false;
  #steps = 0;

  constructor(machine: Machine, scenario: Scenario, bounds: Bounds, sources: Sources) {
    this.#machine = machine;
    this.#scenario = scenario;
    this.#bounds = bounds;
    this.#sources = sources;
  }

  run(): Exploration {
    let runs = 0;
    let complete = true;
    let failure: string | undefined;
    do {
      runs++;
      this.#begin();
      failure = this.#runOnce();
      if (failure !== undefined) failure = `${failure}\n${this.#story()}`;
      else if (this.#seen.size > (this.#bounds.most ?? STATES_MOST)) complete = false;
    } while (failure === undefined && complete && this.#nextPath());
    return { states: this.#seen.size, runs, steps: this.#steps, complete, failure };
  }

  #begin(): void {
    const { agents } = this.#scenario;
    this.#machine.reset();
    this.#world = this.#machine.outside(() => this.#scenario.world(modelOf(this.#machine)));
    for (const [index, agent] of agents.entries()) this.#machine.start(() => agent(this.#world, index));
    this.#kills = this.#bounds.kills ?? 0;
    this.#looks = this.#bounds.looks ?? 0;
    this.#timeouts = this.#bounds.timeouts ?? 0;
    this.#preemptions = this.#bounds.preemptions ?? 0;
    this.#last = 0;
  }

  /** @returns what is wrong */
  #runOnce(): string | undefined {
    const machine = this.#machine;
    for (let depth = 0; machine.failure === undefined; depth++) {
      if (depth > STEPS_MOST) return `no end after ${STEPS_MOST} steps`;
      let choice = this.#path[depth];
      if (choice === undefined) {
        const options = this.#options();
        if (options.length === 0) return this.#end();
        const key = this.#key();
        if (this.#seen.has(key)) return undefined;
        this.#seen.add(key);
        choice = { options, isIdle: this.#isIdle, taken: 0 };
        this.#path.push(choice);
      }
      this.#isIdle = choice.isIdle;
      this.#take(choice.options[choice.taken]);
    }
    return machine.failure;
  }

  #end(): string | undefined {
    if (!this.#machine.agents.every((agent) => agent.isOver)) return 'nobody goes on';
    this.#machine.outside(() => this.#scenario.check?.(this.#world));
    return this.#machine.failure;
  }

  #nextPath(): boolean {
    for (;;) {
      const last = this.#path.at(-1);
      if (last === undefined) return false;
      if (++last.taken < last.options.length) return true;
      this.#path.pop();
    }
  }

  /** Everything that can happen now, what the last one would do first. Empty: nothing can. */
  #options(): number[] {
    const { agents } = this.#machine;
    const going: number[] = [];
    for (let turn = 0; turn < agents.length; turn++) {
      const agent = agents[(this.#last + turn) % agents.length];
      for (const why of wakesOf(agent)) going.push(agent.index * KINDS + why);
    }
    const inTime = (looks: boolean) =>
      agents.filter((agent) => this.#machine.canTime(agent, looks)).map(({ index }) => index * KINDS + TIME);
    this.#isIdle = going.length === 0;
    if (this.#isIdle) {
      const { net = (this.#bounds.kills ?? 0) > 0 } = this.#bounds;
      const sleepers = inTime(net).map((option) => agents[Math.floor(option / KINDS)]);
      const least = Math.min(LOOKS_MOST - 1, ...sleepers.map(({ looks }) => looks));
      for (const { index, looks } of sleepers) if (looks <= least) going.push(index * KINDS + TIME);
      if (going.length === 0) return [];
    } else if (this.#bounds.preemptions !== undefined && this.#preemptions === 0) {
      const mine = going.filter((option) => Math.floor(option / KINDS) === this.#last);
      if (mine.length > 0) return mine;
    }
    if (!this.#isIdle) {
      if (this.#looks > 0) going.push(...inTime(true));
      else if (this.#timeouts > 0) going.push(...inTime(false));
    }
    if (this.#kills > 0) {
      for (const agent of agents) {
        if (!agent.isOver && (this.#bounds.mortal?.includes(agent.index) ?? true))
          going.push(agent.index * KINDS + KILL);
      }
    }
    return going;
  }

  #take(option: number): void {
    const { agents } = this.#machine;
    const agent = agents[Math.floor(option / KINDS)];
    const why = option % KINDS;
    let looks = this.#bounds.net ?? (this.#bounds.kills ?? 0) > 0;
    if (why === KILL) this.#kills--;
    else if (why === TIME && this.#isIdle) agent.looks++;
    else if (why === TIME) {
      looks = this.#looks > 0;
      if (looks) this.#looks--;
      else this.#timeouts--;
    } else if (agent.index !== this.#last && wakesOf(agents[this.#last]).length > 0) this.#preemptions--;
    if (why !== KILL) this.#last = agent.index;
    this.#steps++;
    this.#machine.step(agent, why, looks);
  }

  /** Hash of the whole state. */
  #key(): number {
    let one = 0x2545f491;
    let two = 0x41c64e6d;
    const add = (value: number) => {
      one = Math.imul(one ^ value, 0x85ebca6b) + 0x27d4eb2f;
      one ^= one >>> 15;
      two = Math.imul(two + value, 0xc2b2ae35) ^ 0x165667b1;
      two ^= two >>> 13;
    };
    for (const words of this.#machine.memory) {
      for (let at = 0; at < words.length; at++) {
        if (words[at] === 0) continue;
        add(at);
        add(words[at]);
      }
      add(-1);
    }
    for (const agent of this.#machine.agents) {
      if (agent.isOver) {
        // What it has seen decides nothing any more.
        add(agent.state === 'killed' ? -2 : -3);
        continue;
      }
      add(agent.history1);
      add(agent.history2);
      add(typeof agent.stop === 'number' ? agent.stop : -100 - SLEEPS.indexOf(agent.stop));
      add(agent.datagrams * 2 + (agent.woken ? 1 : 0));
    }
    add((this.#kills * 64 + this.#looks) * 64 + this.#timeouts);
    if (this.#bounds.preemptions !== undefined) add(this.#preemptions * 8 + this.#last);
    return (one >>> 0) * 0x200000 + (two >>> 11);
  }

  /** The steps that led here. */
  #story(): string {
    this.#begin();
    const lines: string[] = [];
    for (const { options, taken, isIdle } of this.#path) {
      const option = options[taken];
      this.#isIdle = isIdle;
      const agent = this.#machine.agents[Math.floor(option / KINDS)];
      lines.push(`agent ${agent.index}: ${this.#describe(agent, option % KINDS)}`);
      this.#take(option);
    }
    return lines.join('\n');
  }

  #describe(agent: ModelAgent, why: number): string {
    if (why === KILL) return 'is killed';
    if (why === TIME) return 'its time is over';
    if (why === RING) return 'answers the doorbell';
    if (why === IMMEDIATE) return 'turns its loop';
    const { stop } = agent;
    if (typeof stop !== 'number') return 'wakes';
    if (stop < 0) return systemCallAt(stop);
    const { file, line, text } = this.#sources.places[stop];
    return `${file}:${line} ${text}`;
  }
}

/** What lets `agent` go on now. */
function wakesOf(agent: ModelAgent): number[] {
  if (agent.state === 'ready') return [STEP];
  if (agent.state !== 'asleep') return [];
  if (agent.stop === NAP) return agent.isRested() ? [STEP] : [];
  if (agent.stop !== POLL) return agent.woken ? [STEP] : [];
  const wakes: number[] = [];
  if (agent.datagrams > 0) wakes.push(RING);
  if (agent.immediates.length > 0) wakes.push(IMMEDIATE);
  return wakes;
}
