import type { Kind, SegmentViews } from './header.ts';

/*
 * What an inspector is told about a segment. Each package describes its kinds next to the code that writes their words; the
 * inspector finds a describer by the kind in the header. A look is a copy of a file's bytes: nobody waits for it, and its
 * words may be of different moments. So a describer never loops until something fits, and trusts no number for a length.
 */

/** A copy of the first bytes of a segment's file. */
export interface Look extends SegmentViews {
  readonly file: string;
  /** Bytes of the file. */
  readonly size: number;
  /** A copy of the first bytes of satellite `number`; `undefined` when it is gone. */
  satellite(number: number, bytes: number): Look | undefined;
}

/** A thread that has an object, or a part of it. */
export interface Holding {
  readonly agent: number;
  /** As what: `owner`, `reader`, `permit`, … */
  readonly role: string;
  readonly count: number;
  /** When this acquisition was first seen held, in milliseconds since 1970. */
  readonly since?: number;
}

/** A thread that waits for an object. */
export interface Waiting {
  readonly agent: number;
  /** For what: `acquire`, `get`, … */
  readonly for: string;
  /** It was woken, and did not try yet. */
  readonly chosen: boolean;
}

/** What the words of a segment say: plain data, with ids of agents. */
export interface Description {
  /** In one or two words. */
  readonly state: string;
  readonly holders: readonly Holding[];
  /** The longest waiting first, of each thing that can be waited for. */
  readonly waiters: readonly Waiting[];
  /** Numbers that go up and down. */
  readonly measures: Readonly<Record<string, number>>;
  /** Numbers that only grow: their differences mean something. Some count modulo 2³⁰ or 2³¹. */
  readonly counters: Readonly<Record<string, number>>;
  /** Everything else: parameters, values. */
  readonly details: Readonly<Record<string, unknown>>;
  /** File of the lock that it was given instead of its own. */
  readonly givenLock?: string;
}

/** How segments of one kind are described. */
export interface Describer {
  /** Version of the layout that it knows. */
  readonly version: number;
  /** How many first bytes it reads. The file may have fewer when it is damaged. */
  readonly bytes: number;
  describe(look: Look): Description;
}

/** The describers of a package, by kind. */
export type Describers = { readonly [K in Kind]?: Describer };

/** A {@link Description}, of which most kinds have only some parts. */
export function description(state: string, parts: Partial<Omit<Description, 'state'>> = {}): Description {
  return { state, holders: [], waiters: [], measures: {}, counters: {}, details: {}, ...parts };
}
