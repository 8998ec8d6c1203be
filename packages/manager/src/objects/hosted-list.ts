import type { Container } from '../container-type.ts';
import { ITERATE } from '../protocol.ts';
import { itemsFrom, placeFrom, wholeFrom, wholeOr } from './arguments.ts';
import { sameValue } from './same-value.ts';

/** What is in a list. */
export class HostedList extends Array<unknown> {
  /** What is cut out of it is plain data. */
  static override get [Symbol.species]() {
    return Array;
  }
}

export const HOSTED_LIST: Container<HostedList> = {
  make: ([items]) => {
    const list = new HostedList();
    if (items !== undefined && items !== null) extend(list, itemsFrom(items));
    return list;
  },
  methods: {
    at: (list, index) => list.at(wholeFrom(index, 'index')),
    set: (list, index, value) => {
      list[placeFrom(index, list.length)] = value;
    },
    push: (list, ...items) => extend(list, items),
    extend: (list, items) => extend(list, itemsFrom(items)),
    pop: (list, index) => {
      if (index === undefined || index === null) return list.pop();
      return list.splice(placeFrom(index, list.length), 1)[0];
    },
    insert: (list, index, value) => {
      list.splice(wholeFrom(index, 'index'), 0, value);
    },
    remove: (list, value) => {
      const at = list.findIndex((each) => sameValue(each, value));
      if (at >= 0) list.splice(at, 1);
      return at >= 0;
    },
    indexOf: (list, value, from) => {
      const start = wholeOr(from, 'from') ?? 0;
      const first = start < 0 ? Math.max(0, list.length + start) : start;
      for (let at = first; at < list.length; at++) if (sameValue(list[at], value)) return at;
      return -1;
    },
    count: (list, value) => list.filter((each) => sameValue(each, value)).length,
    includes: (list, value) => list.some((each) => sameValue(each, value)),
    reverse: (list) => {
      list.reverse();
    },
    sort: (list, options) => sort(list, (options as { reverse?: unknown } | undefined)?.reverse === true),
    slice: (list, start, end) => list.slice(wholeOr(start, 'start'), wholeOr(end, 'end')),
    splice: (list, start, count, ...items) => {
      const from = wholeFrom(start, 'start');
      return list.splice(from, wholeOr(count, 'deleteCount') ?? list.length, ...items);
    },
    clear: (list) => {
      list.length = 0;
    },
    length: (list) => list.length,
    toArray: (list) => list.slice(),
    [ITERATE]: (list) => list.slice(),
  },
};

/** Not by `push(...items)`: so many arguments as a list may have items are more than the stack holds. */
function extend(list: HostedList, items: readonly unknown[]): number {
  // A list may be put behind itself.
  const { length } = items;
  for (let at = 0; at < length; at++) list.push(items[at]);
  return list.length;
}

/** @throws TypeError when some of the items are not numbers, and not all are text; the list is as before then */
function sort(list: HostedList, isReverse: boolean): void {
  const areNumbers = list.every((each) => typeof each === 'number' || typeof each === 'bigint');
  if (!areNumbers && !list.every((each) => typeof each === 'string'))
    throw new TypeError(
      'Only numbers, or only texts, can be sorted without being told how: update(task) can sort by a function',
    );
  const compare = (one: string | number | bigint, other: string | number | bigint) =>
    one < other ? -1 : one > other ? 1 : 0;
  const sign = isReverse ? -1 : 1;
  (list as (string | number | bigint)[]).sort((one, other) => sign * compare(one, other));
}
