/*
 * Arguments come from clients, which may send anything. What is wrong is an error of that call.
 */

/** A key of a dict, or an item of a set. @throws TypeError for what could not be found again */
export function keyFrom(key: unknown, what = 'key'): unknown {
  if (key === undefined)
    throw new TypeError(`A ${what} must be a string, a number, a bigint, a boolean or null, not undefined`);
  if ((typeof key === 'object' && key !== null) || typeof key === 'function')
    throw new TypeError(
      `A ${what} must be a string, a number, a bigint, a boolean or null, not ${Array.isArray(key) ? 'a list' : 'an object'}: in a server every object is a copy, which is never found again`,
    );
  return key;
}

/** Pairs of keys and values. @throws TypeError when there are none */
export function entriesFrom(given: unknown): [unknown, unknown][] {
  const pairs = given instanceof Map || Array.isArray(given) ? [...given] : recordEntries(given);
  return pairs.map((pair: unknown) => {
    if (!Array.isArray(pair) || pair.length !== 2)
      throw new TypeError('Entries must be an object, a Map, or a list of pairs [key, value]');
    return [keyFrom(pair[0]), pair[1]];
  });
}

function recordEntries(given: unknown): [string, unknown][] {
  if (typeof given === 'object' && given !== null && !(given instanceof Set) && !ArrayBuffer.isView(given))
    return Object.entries(given);
  const found = given === null ? 'null' : typeof given === 'object' ? 'another object' : `a ${typeof given}`;
  throw new TypeError(`Entries must be an object, a Map, or a list of pairs [key, value], not ${found}`);
}

/** The items of a list, a set, or a typed array. @throws TypeError when there are none */
export function itemsFrom(given: unknown): readonly unknown[] {
  if (Array.isArray(given)) return given;
  if (given instanceof Set || (ArrayBuffer.isView(given) && !(given instanceof DataView)))
    return [...(given as Iterable<unknown>)];
  throw new TypeError(`Items must be a list or a Set, not ${given === null ? 'null' : `a ${typeof given}`}`);
}

/** A whole number, positive or not. @throws TypeError, RangeError when it is none */
export function wholeFrom(value: unknown, what: string): number {
  if (typeof value !== 'number') throw new TypeError(`${what} must be a number, not a ${typeof value}`);
  if (Number.isInteger(value)) return value;
  throw new RangeError(`${what} must be a whole number, not ${value}`);
}

/** Like {@link wholeFrom}; what is left out is `undefined`. */
export function wholeOr(value: unknown, what: string): number | undefined {
  return value === undefined || value === null ? undefined : wholeFrom(value, what);
}

/** The place of an element; a negative index counts from the end. @throws TypeError, RangeError when there is none */
export function placeFrom(index: unknown, length: number): number {
  const whole = wholeFrom(index, 'index');
  const at = whole < 0 ? length + whole : whole;
  if (at >= 0 && at < length) return at;
  throw new RangeError(
    length === 0
      ? `index ${whole} is outside: there are no elements`
      : `index must be from ${-length} to ${length - 1}, not ${whole}`,
  );
}
