import { refOf } from './reference.ts';

/** What a dict may be made of. */
export type Entries<K, V> = ReadonlyMap<K, V> | readonly (readonly [K, V])[] | Readonly<Record<string, V>>;

/** Entries as they travel: also of an iterable of pairs. Those of a dict of the manager are taken in the server. */
export function entriesOf(given: unknown): unknown {
  if (refOf(given) !== undefined) return given;
  if (given instanceof Map || Array.isArray(given) || typeof given !== 'object' || given === null)
    return given;
  return Symbol.iterator in given ? [...(given as Iterable<unknown>)] : Object.entries(given);
}

/**
 * Items as they travel. Those of a list of the manager are taken in the server.
 *
 * @throws TypeError when they are none, or a string, which is seldom meant as its characters
 */
export function itemsOf<T>(given: Iterable<T>): readonly T[] {
  if (Array.isArray(given) || refOf(given) !== undefined) return given as T[];
  if (typeof given === 'object' && given !== null && Symbol.iterator in given) return [...given];
  throw new TypeError(
    `Items must be iterable, like an array; ${given === null ? 'null' : `a ${typeof given}`} is not meant`,
  );
}
