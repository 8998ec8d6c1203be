import type { Container } from '../container-type.ts';
import { ITERATE } from '../protocol.ts';
import { isReserved } from '../user-type.ts';
import { entriesFrom } from './arguments.ts';

/** What is in a namespace: its own properties, and nothing else. */
export type HostedNamespace = Record<string, unknown>;

/** Of all of them. An object without any would be taken for plain data. */
const PROTOTYPE = Object.create(null) as object;

export const HOSTED_NAMESPACE: Container<HostedNamespace> = {
  make: ([entries]) => {
    const space = Object.create(PROTOTYPE) as HostedNamespace;
    if (entries !== undefined && entries !== null) fill(space, entries);
    return space;
  },
  methods: {
    get: (space, name) => {
      const key = nameFrom(name);
      return Object.hasOwn(space, key) ? space[key] : undefined;
    },
    set: (space, name, value) => {
      space[nameFrom(name)] = value;
    },
    has: (space, name) => Object.hasOwn(space, nameFrom(name)),
    delete: (space, name) => {
      const key = nameFrom(name);
      return Object.hasOwn(space, key) && delete space[key];
    },
    update: (space, entries) => fill(space, entries),
    keys: (space) => Object.keys(space),
    toObject: (space) => ({ ...space }),
    [ITERATE]: (space) => Object.keys(space),
  },
};

function fill(space: HostedNamespace, entries: unknown): void {
  const checked = entriesFrom(entries).map(([name, value]) => [nameFrom(name), value] as const);
  for (const [name, value] of checked) space[name] = value;
}

/** @throws TypeError for what is not the name of an attribute */
function nameFrom(name: unknown): string {
  if (typeof name !== 'string') throw new TypeError(`A name must be a string, not a ${typeof name}`);
  if (name.startsWith('_'))
    throw new TypeError(
      `A namespace has no ${JSON.stringify(name)}: names that begin with "_" are private in Python, where they stay in the process. Use a variable`,
    );
  if (isReserved(name)) throw new TypeError(`A namespace cannot have the name ${JSON.stringify(name)}`);
  return name;
}
