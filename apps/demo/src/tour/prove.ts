import { inspect, isDeepStrictEqual } from 'node:util';

/**
 * Goes on when `seen` is what was `expected`, in every part and type.
 *
 * @param what names the fact in the message
 * @throws Error that shows both
 */
export function prove<T>(what: string, seen: T, expected: NoInfer<T>): void {
  if (isDeepStrictEqual(seen, expected)) return;
  throw new Error(`${what}\nexpected: ${shown(expected)}\nseen:     ${shown(seen)}`);
}

function shown(value: unknown): string {
  return inspect(value, { breakLength: 100, maxArrayLength: 200, depth: 4 }).replaceAll('\n', '\n          ');
}
