import type { Call } from '../call.ts';
import type { Item } from './item-heap.ts';

/** Items that went to clients, which still may turn out not to have read them. */
export class UnreadItems {
  readonly #calls = new Set<Call>();
  readonly #onRead: () => void;

  /** @param onRead runs when a client has said that it has read what it got */
  constructor(onRead: () => void) {
    this.#onRead = onRead;
  }

  /** In how many answers they are. */
  get size(): number {
    return this.#calls.size;
  }

  /**
   * Gives items to a client.
   *
   * @param restore puts them where they were, if it did not read them
   * @returns their values
   */
  give(call: Call, items: readonly Item[], restore: (items: readonly Item[]) => void): unknown[] {
    const values = items.map(emptied);
    this.#calls.add(call);
    call.undo = () => {
      this.#calls.delete(call);
      for (const [index, item] of items.entries()) item.value = values[index];
      restore(items);
    };
    call.undoIfLost = true;
    call.onRead = () => {
      this.#calls.delete(call);
      this.#onRead();
    };
    return values;
  }
}

/** Takes the value out of an item that is gone. @returns the value */
export function emptied(item: Item): unknown {
  const { value } = item;
  item.value = undefined;
  return value;
}
