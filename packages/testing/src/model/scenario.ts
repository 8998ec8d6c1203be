import type { Segment } from '@mp/core/internal';
import { place } from './environment.ts';
import type { Machine } from './machine.ts';
import { now, type Steps } from './steps.ts';

/** What may happen beside the agents taking turns. */
export interface Bounds {
  /** How many agents may be killed, at any of their steps. Default 0. */
  readonly kills?: number;
  /** Which ones. Default: all. */
  readonly mortal?: readonly number[];
  /** How many sleeps may end by a periodic look although somebody could go on. Default 0. */
  readonly looks?: number;
  /** How many sleeps may end at their deadline although somebody could go on. Default 0. */
  readonly timeouts?: number;
  /** Whether sleeps end by the periodic look when nobody can go on. Default: only where agents may be killed. */
  readonly net?: boolean;
  /** How often an agent that could go on has to wait for another one's turn. Default: no limit. */
  readonly preemptions?: number;
  /** States after which the exploration gives up. */
  readonly most?: number;
}

/** Opens an object: each caller gets one over the same segment. */
export interface Shared<T> {
  (): T;
  readonly segment: Segment;
}

/** What the model gives to a scenario. */
export interface Model {
  /** @returns how an agent opens the object that `make` makes */
  share<T>(make: () => T): Shared<T>;
  /** Words for the checks of a scenario; to read and write them is no step. */
  notes(count: number): { [index: number]: number };
  /** One step between two operations: what the agent has seen before does not matter any more, except `position`. */
  moment(position: number): void;
  /** Looks at something in one go, as nobody could: it is no step, and must not change anything. */
  look(body: () => void): void;
  /** Reports that a promise was broken. */
  fail(what: string): void;
  isKilled(index: number): boolean;
}

/**
 * A little world: shared objects, and what each agent does with them. It is ordinary code over the public classes.
 */
export interface Scenario<World = unknown> {
  readonly name: string;
  readonly bounds?: Bounds;
  world(model: Model): World;
  readonly agents: readonly ((world: World, index: number) => unknown)[];
  /** Looks at the end of each run; calls `fail` when it is not as it must be. */
  check?(world: World): void;
}

export function modelOf(machine: Machine): Model {
  const model = {
    share: <T>(make: () => T) => machine.share(make),
    notes: (count: number) => new Int32Array(machine.allocate(count * 4)),
    *moment(position: number): Steps<void> {
      machine.current.remember(position);
      yield place('a moment passes');
    },
    look(body: () => void | Steps<void>) {
      const { current } = machine;
      const { history1, history2, read } = current;
      now(body());
      Object.assign(current, { history1, history2, read });
    },
    fail: (what: string) => machine.fail(what),
    isKilled: (index: number) => machine.agents[index].state === 'killed',
  };
  return model as unknown as Model;
}
