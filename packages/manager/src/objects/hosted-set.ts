import type { Container } from '../container-type.ts';
import { ITERATE } from '../protocol.ts';
import { itemsFrom, keyFrom } from './arguments.ts';

/** What is in a set, in the order of insertion. */
export class HostedSet extends Set<unknown> {}

export const HOSTED_SET: Container<HostedSet> = {
  make: ([items]) => {
    const set = new HostedSet();
    if (items !== undefined && items !== null) fill(set, items);
    return set;
  },
  methods: {
    add: (set, item) => {
      const { size } = set;
      return set.add(keyFrom(item, 'value of a set')).size > size;
    },
    has: (set, item) => set.has(item),
    delete: (set, item) => set.delete(item),
    update: (set, items) => fill(set, items),
    clear: (set) => set.clear(),
    size: (set) => set.size,
    values: (set) => [...set],
    toSet: (set) => new Set(set),
    [ITERATE]: (set) => [...set],
  },
};

function fill(set: HostedSet, given: unknown): void {
  // All are checked before the first is added.
  for (const item of itemsFrom(given).map((each) => keyFrom(each, 'value of a set'))) set.add(item);
}
