import type { Container } from '../container-type.ts';
import { ITERATE } from '../protocol.ts';
import { entriesFrom, keyFrom } from './arguments.ts';

/** What is in a dict, in the order of insertion. */
export class HostedDict extends Map<unknown, unknown> {}

export const HOSTED_DICT: Container<HostedDict> = {
  make: ([entries]) => {
    const dict = new HostedDict();
    if (entries !== undefined && entries !== null) fill(dict, entries);
    return dict;
  },
  methods: {
    get: (dict, key) => dict.get(key),
    set: (dict, key, value) => {
      dict.set(keyFrom(key), value);
    },
    has: (dict, key) => dict.has(key),
    delete: (dict, key) => dict.delete(key),
    pop: (dict, key) => {
      const value = dict.get(key);
      dict.delete(key);
      return value;
    },
    popItem: (dict) => {
      // A Map is read from its beginning only.
      const last = [...dict.keys()].at(-1);
      if (dict.size === 0) return undefined;
      const value = dict.get(last);
      dict.delete(last);
      return [last, value];
    },
    setDefault: (dict, key, value) => {
      if (!dict.has(key)) dict.set(keyFrom(key), value);
      return dict.get(key);
    },
    update: (dict, entries) => fill(dict, entries),
    clear: (dict) => dict.clear(),
    size: (dict) => dict.size,
    keys: (dict) => [...dict.keys()],
    values: (dict) => [...dict.values()],
    items: (dict) => [...dict],
    toMap: (dict) => new Map(dict),
    [ITERATE]: (dict) => [...dict.keys()],
  },
};

function fill(dict: HostedDict, entries: unknown): void {
  // All are checked before the first is set.
  for (const [key, value] of entriesFrom(entries)) dict.set(key, value);
}
