import { SerializationError } from '@mp/core';
import { toValue } from '../message.ts';
import type { Session } from '../session.ts';
import type { Settler, Verdict } from './settler.ts';
import type { Item } from './take-line.ts';

/** What a reader needs of its queue. */
export interface ReaderHome {
  readonly session: Session;
  readonly settler: Settler;
  /** How errors call it. */
  readonly title: string;
  /** @throws ClosedError when it was closed here */
  assertOpen(): void;
}

/** Makes values of the items of one queue object. One that cannot be read stands in nobody's way: it is a dead letter then. */
export class ItemReader<T> {
  readonly #home: ReaderHome;
  /** Why items of a batch could not be read: each is thrown by one of the next calls. */
  readonly #failures: SerializationError[] = [];

  constructor(home: ReaderHome) {
    this.#home = home;
  }

  /** @throws SerializationError of an item that came with others, once */
  throwFailure(): void {
    const failure = this.#failures.shift();
    if (failure !== undefined) throw failure;
  }

  /**
   * What cannot be read here is a dead letter from now on; one that was one is done with.
   *
   * @throws SerializationError that names it; ClosedError when the queue was closed while it came: it goes back
   */
  read(item: Item, what: 'item' | 'dead letter' = 'item'): T {
    const { session, settler, title, assertOpen } = this.#home;
    const end = (verdict: Verdict) => void settler.end(item.id, item.token, verdict).catch(() => {});
    try {
      assertOpen();
    } catch (error) {
      end('u');
      throw error;
    }
    try {
      return toValue(session, item.body) as T;
    } catch (cause) {
      end('x');
      const { message, path } = cause as SerializationError;
      const now = what === 'item' ? 'is a dead letter now' : 'was removed';
      throw new SerializationError(
        `Cannot read ${what} ${Number(item.id)} of the ${title}, which ${now}: ${message}`,
        path,
        { cause },
      );
    }
  }

  /**
   * The others are not lost with one that cannot be read: one of the next calls throws its error.
   *
   * @param one makes the value of an item by {@link ItemReader.read}
   * @throws when none can be read
   */
  all(items: readonly Item[], one: (item: Item) => T): T[] {
    const values: T[] = [];
    for (const item of items) {
      try {
        values.push(one(item));
      } catch (error) {
        if (!(error instanceof SerializationError)) throw error;
        this.#failures.push(error);
      }
    }
    if (values.length === 0) this.throwFailure();
    return values;
  }
}
