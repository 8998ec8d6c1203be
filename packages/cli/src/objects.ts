import { isDeepStrictEqual } from 'node:util';
import {
  type Describer,
  type Description,
  description,
  H_CREATED_F64,
  H_KIND,
  H_MAGIC,
  H_PID,
  H_SIZE_F64,
  H_VERSION,
  HEADER_BYTES,
  kindName,
  type Look,
  LookedAt,
  MAGIC,
} from '@mp/core/internal';
import { describerOf } from './describers.ts';

/** One object as its file shows it, with ids of agents. */
export interface SeenObject {
  readonly file: string;
  readonly name: string | undefined;
  /** Number of its kind. */
  readonly code: number;
  readonly kind: string;
  readonly version: number;
  readonly bytes: number;
  readonly links: number;
  readonly device: number;
  readonly inode: number;
  readonly created: number;
  readonly creator: number;
  readonly said: Description;
  readonly torn: readonly string[];
  readonly problem: string | undefined;
}

/** Looks at one object. @returns `undefined` when it is gone, or no segment */
export function seeObject(directory: string, file: string): SeenObject | undefined {
  const opened = LookedAt.open(directory, file);
  if (opened === undefined) return undefined;
  try {
    return see(opened, file);
  } finally {
    opened.close();
  }
}

function see(opened: LookedAt, file: string): SeenObject | undefined {
  const { size, nlink, dev, ino } = opened.stats;
  const header = opened.copy(HEADER_BYTES);
  const { words, floats } = header;
  // Its remover marks it before it goes.
  if (size < HEADER_BYTES || words[H_MAGIC] !== MAGIC) return undefined;
  const describer = describerOf(words[H_KIND]);
  const problem = problemOf(header, describer);
  return {
    file,
    name: file.startsWith('n-') ? file.slice(2) : undefined,
    code: words[H_KIND],
    kind: kindName(words[H_KIND]),
    version: words[H_VERSION],
    bytes: size,
    links: nlink,
    device: dev,
    inode: ino,
    created: floats[H_CREATED_F64],
    creator: words[H_PID],
    ...(problem === undefined && describer !== undefined
      ? describeTwice(opened, describer)
      : nothing(problem)),
  };
}

function problemOf({ words, floats, size }: Look, describer: Describer | undefined): string | undefined {
  if (describer === undefined) return `nothing is known of kind ${words[H_KIND]}`;
  if (describer.version !== words[H_VERSION])
    return `it has layout version ${words[H_VERSION]}, this program knows version ${describer.version}`;
  const whole = floats[H_SIZE_F64];
  return size < whole ? `its file was cut to ${size} of ${whole} bytes` : undefined;
}

type Said = Pick<SeenObject, 'said' | 'torn' | 'problem'>;

function nothing(problem: string | undefined): Said {
  return { said: description(''), torn: [], problem };
}

/** Two copies that are the same are of one moment; else the names of what differs are told. */
function describeTwice(opened: LookedAt, describer: Describer): Said {
  try {
    const first = opened.copy(describer.bytes);
    const second = opened.copy(describer.bytes);
    const said = describer.describe(second);
    const isStill = Buffer.compare(first.bytes, second.bytes) === 0;
    const torn = isStill ? [] : differences(describer.describe(first), said);
    return { said, torn, problem: undefined };
  } catch (error) {
    return nothing(`its words make no sense: ${(error as Error).message}`);
  }
}

const GROUPS = ['measures', 'counters', 'details'] as const;
const PARTS = ['state', 'holders', 'waiters', 'givenLock'] as const;

function differences(before: Description, after: Description): string[] {
  const inGroups = GROUPS.flatMap((group) =>
    Object.keys(after[group])
      .filter((key) => !isDeepStrictEqual(before[group][key], after[group][key]))
      .map((key) => `${group}.${key}`),
  );
  return [...PARTS.filter((part) => !isDeepStrictEqual(before[part], after[part])), ...inGroups];
}
