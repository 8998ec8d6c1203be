import type { SegmentPlan, SegmentViews } from '@mp/core/internal';
import { ModelAgent } from './model-agent.ts';
import { Promised } from './promised.ts';
import { FUTEX, NAP, now, POLL, run, type Steps, type Stop } from './steps.ts';

/** A segment, as primitives see it. */
export interface ModelSegment extends SegmentViews {
  readonly buffer: ArrayBuffer;
  readonly title: string;
  readonly file: string;
  readonly closed: boolean;
  createSatellite(plan: SegmentPlan): { number: number; segment: ModelSegment };
  openSatellite(number: number): ModelSegment | undefined;
  close(): void;
  closeAndUnlink(): void;
}

/** Why an agent goes on: it is its turn, … */
export const STEP = 0;
/** … its sleep or a timer is over, … */
export const TIME = 1;
/** … a datagram is at its doorbell, … */
export const RING = 2;
/** … a `setImmediate` is due, … */
export const IMMEDIATE = 3;
/** … or it does not: it is killed. */
export const KILL = 4;

/** A sleep this long is a slice of a wait, and ends to look; a shorter one ends at a deadline. */
const SLICE_MS = 20;

/** Who makes the world of a scenario, and looks at it in the end. */
const OUTSIDER = 60;

/**
 * Agents and their memory. It only does what it is told, one step of one agent at a time, and the same steps always
 * lead to the same state.
 */
export class Machine {
  agents: ModelAgent[] = [];
  /** Every piece of shared memory, and what scenarios note for their checks. */
  memory: Int32Array[] = [];
  /** Whose step it is. */
  current: ModelAgent = new ModelAgent(0, nothing());
  /** The promise of the algorithm that was broken. */
  failure: string | undefined;
  #looks = false;
  #opening: ModelSegment | undefined;

  /** Begins anew, with empty memory and without agents. */
  reset(): void {
    this.agents = [];
    this.memory = [];
    this.failure = undefined;
  }

  /** The segment that is being opened, or the one that was made for it. */
  open(plan: SegmentPlan): ModelSegment {
    this.#opening ??= this.#create(plan);
    return this.#opening;
  }

  /** The segment of the object that is made now: a second object inside it is over the same one. */
  get opening(): ModelSegment | undefined {
    return this.#opening;
  }

  /** Makes objects over one segment, which is made with the first of them. */
  share<T>(make: () => T): (() => T) & { segment: ModelSegment | undefined } {
    const open = (): T => {
      this.#opening = open.segment;
      const made = now(make());
      open.segment = this.#opening;
      return made;
    };
    open.segment = undefined as ModelSegment | undefined;
    return open;
  }

  #create(plan: SegmentPlan): ModelSegment {
    const buffer = this.allocate(plan.size);
    const views = {
      buffer,
      words: new Int32Array(buffer),
      floats: new Float64Array(buffer),
      bytes: new Uint8Array(buffer),
    };
    now(plan.fill?.(views));
    const satellites: ModelSegment[] = [];
    return {
      ...views,
      title: plan.kind,
      file: plan.kind,
      closed: false,
      createSatellite: (wanted) => {
        const segment = this.#create(wanted);
        return { number: satellites.push(segment), segment };
      },
      openSatellite: (number) => satellites[number - 1],
      close() {},
      closeAndUnlink() {},
    };
  }

  /** Memory that decides how the run goes on. */
  allocate(bytes: number): ArrayBuffer {
    const buffer = new ArrayBuffer(bytes);
    this.memory.push(new Int32Array(buffer));
    return buffer;
  }

  /** Runs what is no part of the exploration, as somebody else, in one go. */
  outside<T>(body: () => T | Steps<T>): T {
    const before = this.current;
    this.current = new ModelAgent(OUTSIDER, nothing());
    try {
      return now(body());
    } finally {
      this.current = before;
    }
  }

  /** Adds an agent that runs `program`, up to its first access. */
  start(program: () => unknown): void {
    const agent = new ModelAgent(this.agents.length, nothing());
    agent.steps = this.#life(agent, program);
    this.agents.push(agent);
    this.#goOn(agent, STEP);
  }

  fail(what: string): void {
    this.failure ??= what;
  }

  /** Lets `agent` go on up to its next stop. @param looks whether periodic timers go off */
  step(agent: ModelAgent, why: number, looks: boolean): void {
    this.#looks = looks;
    agent.saw(0x100 + why);
    if (why === KILL) agent.state = 'killed';
    else this.#goOn(agent, why);
  }

  /** Whether the sleep of `agent` may end by the clock. @param looks whether by a periodic look, too */
  canTime(agent: ModelAgent, looks: boolean): boolean {
    if (agent.stop === POLL) return agent.nextTimer(looks) !== undefined;
    return agent.sleep !== undefined && (looks || agent.sleep.milliseconds < SLICE_MS);
  }

  #goOn(agent: ModelAgent, why: number): void {
    this.current = agent;
    try {
      const { done, value } = agent.steps.next(why);
      agent.state = done ? 'done' : typeof value === 'number' ? 'ready' : 'asleep';
      if (!done) agent.stop = value;
    } catch (error) {
      agent.state = 'done';
      this.fail(`agent ${agent.index} threw ${error instanceof Error ? error.stack : error}`);
    }
  }

  *#life(agent: ModelAgent, program: () => unknown): Steps<void> {
    const promise = yield* this.async(() => run(program()));
    while (promise.state === 'pending' || agent.jobs.length > 0) {
      const job = agent.jobs.shift();
      if (job !== undefined) yield* job();
      else yield* this.#turn(agent);
    }
    if (promise.state === 'rejected') throw promise.value;
  }

  /** The event loop waits for one event, and answers it. */
  *#turn(agent: ModelAgent): Steps<void> {
    agent.forget();
    const why = yield POLL;
    if (why === RING) {
      agent.datagrams = 0;
      yield* run(agent.onRing?.());
      for (let job = agent.jobs.shift(); job !== undefined; job = agent.jobs.shift()) yield* job();
      yield* run(agent.afterRing?.());
    } else if (why === IMMEDIATE) {
      // More than a hot stretch lasts.
      agent.clock += 1;
      yield* run(agent.immediates.shift()?.());
    } else {
      const timer = agent.nextTimer(this.#looks);
      if (timer === undefined) throw new Error('No timer is due');
      agent.clock = Math.max(agent.clock, timer.at);
      if (timer.every === undefined) agent.timers.splice(agent.timers.indexOf(timer), 1);
      else timer.at = agent.clock + timer.every;
      yield* run(timer.run());
    }
  }

  /** Sleeps on a word until it is woken, or the clock says so. */
  *sleep(buffer: ArrayBuffer, at: number, milliseconds: number): Steps<void> {
    const { current } = this;
    current.sleep = { buffer, at, milliseconds };
    current.woken = false;
    if ((yield FUTEX) === TIME) current.clock += milliseconds;
    current.sleep = undefined;
    current.woken = false;
  }

  /** Naps until it makes a difference: the word that it read last is free, or another one, or somebody was killed. */
  *nap(): Steps<void> {
    const { current } = this;
    const { read } = current;
    if (read === undefined) throw new Error('The model cannot tell what is waited for');
    const { array, at, value } = read;
    const killed = this.#killed;
    current.isRested = () => value === 0 || array[at] !== value || this.#killed > killed;
    yield NAP;
  }

  get #killed(): number {
    return this.agents.filter(({ state }) => state === 'killed').length;
  }

  /** Wakes the agents that sleep on a word. */
  wake(buffer: ArrayBuffer, at: number): void {
    for (const agent of this.agents)
      if (agent.state === 'asleep' && agent.sleep?.buffer === buffer && agent.sleep.at === at)
        agent.woken = true;
  }

  /** Starts an async function: it runs up to its first `await`. */
  *async(body: () => Steps): Steps<Promised> {
    const promise = new Promised(this.current.jobs);
    const steps = body();
    yield* this.#resume(promise, steps, () => steps.next());
    return promise;
  }

  *#resume(promise: Promised, steps: Steps, first: () => IteratorResult<Stop, unknown>): Steps {
    const { jobs } = this.current;
    let next = first;
    try {
      for (;;) {
        const { done, value } = next();
        if (done) {
          promise.resolve(value);
          return undefined;
        }
        if (value instanceof Promised) {
          const goOn = () =>
            value.state === 'resolved' ? steps.next(value.value) : steps.throw(value.value);
          value.onSettled(() => jobs.push(() => this.#resume(promise, steps, goOn)));
          return undefined;
        }
        const answer = yield value as Stop;
        next = () => steps.next(answer);
      }
    } catch (error) {
      promise.reject(error);
      return undefined;
    }
  }
}

function* nothing(): Steps<void> {}
