/** The agent sleeps on a word, as in a futex. */
export const FUTEX = 'futex';
/** The agent is in its event loop, and nothing is to be done. */
export const POLL = 'poll';

/** The agent naps, and tries again when a word has changed. */
export const NAP = 'nap';

/** A promise, as the code that awaits it sees it. */
export interface Awaited {
  readonly state: 'pending' | 'resolved' | 'rejected';
  readonly value: unknown;
  onSettled(reaction: () => void): void;
}

/** What step code stops with: the number of a place, a way to sleep, or a promise that it awaits. */
export type Stop = number | typeof FUTEX | typeof POLL | typeof NAP | Awaited;
/** Step code that runs. */
export type Steps<T = unknown> = Generator<Stop, T, unknown>;

/** `instanceof` this: any generator. */
function* AnyGenerator() {}
const ofAll: object = Object.getPrototypeOf(Object.getPrototypeOf(AnyGenerator()));
AnyGenerator.prototype = ofAll as never;

export function isSteps(value: unknown): value is Steps {
  return value instanceof AnyGenerator;
}

/** Runs what cannot stop: a constructor, the top of a module. */
export function now<T>(value: T | Steps<T>): T {
  if (!isSteps(value)) return value;
  for (;;) {
    const { done, value: result } = value.next();
    if (done) return result as T;
    if (typeof result !== 'number') throw new Error('The model waits where nothing can wait');
  }
}

/** The result of a call that may be step code. */
export function* run<T>(value: T | Steps<T>): Steps<T> {
  return isSteps(value) ? yield* value as Steps<T> : value;
}

/** Methods of arrays whose callback is step code. */
export function* arrayMethod(
  method: string,
  array: readonly unknown[],
  callback: (each: unknown, other: unknown) => unknown,
): Steps {
  if (method === 'sort') return yield* sorted(array, callback);
  const answers: unknown[] = [];
  for (let index = 0; index < array.length; index++) {
    const answer = yield* run(callback(array[index], index));
    if (method === 'some' && answer) return true;
    if (method === 'every' && !answer) return false;
    if (method === 'find' && answer) return array[index];
    if (method === 'findIndex' && answer) return index;
    answers.push(answer);
  }
  if (method === 'map') return answers;
  if (method === 'flatMap') return answers.flat();
  if (method === 'filter') return array.filter((_, index) => answers[index]);
  return { some: false, every: true, findIndex: -1 }[method];
}

/** Sorts by insertion: the lists of the model are short. */
function* sorted(array: readonly unknown[], compare: (a: unknown, b: unknown) => unknown): Steps {
  const result: unknown[] = [];
  for (const each of array) {
    let at = result.length;
    while (at > 0 && ((yield* run(compare(result[at - 1], each))) as number) > 0) at--;
    result.splice(at, 0, each);
  }
  return result;
}
