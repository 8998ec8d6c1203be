import type { Snapshot } from '../report.ts';

/** The parts of a snapshot that are lists of things with a key of their own. */
const KEYS = {
  objects: 'file',
  agents: 'agent',
  processes: 'pid',
  pools: 'id',
  leftovers: 'file',
} as const;

type Part = keyof typeof KEYS;
const PARTS = Object.keys(KEYS) as Part[];

/** What the page is told of one list. `key` says which property tells the things apart. */
export interface PartUpdate<T> {
  /** Things that are new or look different, whole. */
  changed: T[];
  /** Keys of those that are there no more. */
  gone: (string | number)[];
}

/** What the page is told after each look. */
export type Update = Omit<Snapshot, Part> & {
  /** Whether this is everything: what was known before is void. */
  whole: boolean;
  /** ms until the next look, about. */
  interval: number;
} & { [P in Part]: PartUpdate<Snapshot[P][number]> };

/**
 * Makes updates of snapshots. Each thing is turned into JSON once for each look; that text is compared with the one before,
 * and sent if it differs. In a system with a thousand objects nearly all of them rest.
 */
export class Changes {
  readonly #interval: number;
  #known = new Map<Part, Map<string | number, string>>(PARTS.map((part) => [part, new Map()]));
  #head = '';

  constructor(interval: number) {
    this.#interval = interval;
  }

  /** @returns the {@link Update} from the last snapshot to this one, as JSON */
  take(snapshot: Snapshot): string {
    const { objects, agents, processes, pools, leftovers, ...head } = snapshot;
    const lists: Record<Part, readonly object[]> = { objects, agents, processes, pools, leftovers };
    this.#head = JSON.stringify({ ...head, interval: this.#interval }).slice(1, -1);
    const parts = PARTS.map((part) => {
      const before = this.#known.get(part)!;
      const now = new Map<string | number, string>();
      const changed: string[] = [];
      for (const thing of lists[part]) {
        const key = (thing as Record<string, string | number>)[KEYS[part]];
        const text = JSON.stringify(thing);
        now.set(key, text);
        if (before.get(key) !== text) changed.push(text);
      }
      const gone = [...before.keys()].filter((key) => !now.has(key));
      this.#known.set(part, now);
      return partText(part, changed, gone);
    });
    return this.#text(false, parts);
  }

  /** The {@link Update} for a page that knows nothing yet, as JSON; `undefined` before the first snapshot. */
  get whole(): string | undefined {
    if (this.#head === '') return undefined;
    return this.#text(
      true,
      PARTS.map((part) => partText(part, this.#known.get(part)!.values(), [])),
    );
  }

  #text(isWhole: boolean, parts: readonly string[]): string {
    return `{"whole":${isWhole},${this.#head},${parts.join(',')}}`;
  }
}

function partText(part: Part, changed: Iterable<string>, gone: readonly (string | number)[]): string {
  return `"${part}":{"changed":[${[...changed].join(',')}],"gone":${JSON.stringify(gone)}}`;
}
