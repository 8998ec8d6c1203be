/*
 * An option that is not known is refused: `new Queue({ maxsize: 3 })` would be a queue without a limit, and nothing would
 * say so. Only own enumerable names count, as only these are written by the caller; one whose value is `undefined`
 * counts too. Symbols are left alone.
 */

/**
 * @param what has these options, as messages name it: `Queue`, `tryPut()`
 * @param known their names, the most telling ones first
 * @throws TypeError unless `options` is an object with no other names
 */
export function checkOptions<O extends object>(
  options: O,
  what: string,
  known: readonly (keyof O & string)[],
): void {
  if (options === null || typeof options !== 'object') {
    const found = options === null ? 'null' : typeof options;
    throw new TypeError(`options must be an object like { ${known.slice(0, 2).join(', ')} }, not ${found}`);
  }
  for (const name in options) {
    if (!known.includes(name) && Object.hasOwn(options, name)) throw unknownOption(what, name, known);
  }
}

/** The error for an option that `what` does not have. It says which one was meant, if one resembles it. */
export function unknownOption(what: string, name: string, known: readonly string[]): TypeError {
  const meant = nearest(name, known);
  const wayOut = meant === undefined ? `it takes ${listed(known)}` : `did you mean ${JSON.stringify(meant)}?`;
  const shown = name.length <= LONGEST_SHOWN ? name : `${name.slice(0, LONGEST_SHOWN)}…`;
  return new TypeError(`${what} has no option ${JSON.stringify(shown)}; ${wayOut}`);
}

/** A longer name is cut in messages, and resembles nothing. */
const LONGEST_SHOWN = 60;

/**
 * The known name that a wrong one resembles: the same but for case, `-` and `_`, or else one that it becomes with few
 * changes.
 */
export function nearest(name: string, known: readonly string[]): string | undefined {
  if (name.length > LONGEST_SHOWN) return undefined;
  const plain = plainly(name);
  let best: string | undefined;
  let fewest = Infinity;
  for (const candidate of known) {
    const other = plainly(candidate);
    const changes = distance(plain, other);
    // One change in three characters: with more, any short word resembles any other.
    if (changes > Math.max(plain.length, other.length) / 3 || changes >= fewest) continue;
    best = candidate;
    fewest = changes;
  }
  return best;
}

function plainly(name: string): string {
  return name.replaceAll(/[-_]/g, '').toLowerCase();
}

/** How many characters to insert, to remove, to replace, or to swap with their neighbour make `to` of `from`. */
function distance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const differs = from[i - 1] === to[j - 1] ? 0 : 1;
      let least = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + differs);
      const isSwap = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      if (isSwap) least = Math.min(least, beforeLast[j - 2] + 1);
      row.push(least);
    }
    beforeLast = last;
    last = row;
  }
  return last[to.length];
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  return names.length === 1 ? names[0] : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
