/** An item of a queue of a server. */
export class Item {
  /** Empty while it is out and its client may keep it: else what could bring it back would keep what is gone. */
  value: unknown;
  /** Less comes first … */
  readonly rank: number;
  /** … and among equals the one that was put first. */
  readonly number: number;
  /** Leases of it that ended without an acknowledgement. */
  attempts = 0;
  /** Where a heap has it; -1 when none has it. */
  at = -1;
  /** Its put was taken back while it was out. */
  isWithdrawn = false;

  constructor(value: unknown, rank: number, number: number) {
    this.value = value;
    this.rank = rank;
    this.number = number;
  }
}

/** Items in their order, whatever the order in which they come and come back. */
export class ItemHeap {
  readonly #items: Item[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** A new item at the end of a queue costs one comparison. */
  insert(item: Item): void {
    this.#rise(item, this.#items.length);
  }

  /** Takes the first one. There must be one. */
  take(): Item {
    const [first] = this.#items;
    this.remove(first);
    return first;
  }

  has(item: Item): boolean {
    return this.#items[item.at] === item;
  }

  /** It must be here. */
  remove(item: Item): void {
    const { at } = item;
    item.at = -1;
    const last = this.#items.pop() as Item;
    if (last === item) return;
    const parent = (at - 1) >> 1;
    if (at > 0 && isBefore(last, this.#items[parent])) this.#rise(last, at);
    else this.#sink(last, at);
  }

  clear(): void {
    for (const item of this.#items) {
      item.at = -1;
      item.value = undefined;
    }
    this.#items.length = 0;
  }

  #rise(item: Item, from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(item, this.#items[parent])) break;
      this.#set(this.#items[parent], at);
      at = parent;
    }
    this.#set(item, at);
  }

  #sink(item: Item, from: number): void {
    const { length } = this.#items;
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= length) break;
      if (child + 1 < length && isBefore(this.#items[child + 1], this.#items[child])) child++;
      if (!isBefore(this.#items[child], item)) break;
      this.#set(this.#items[child], at);
      at = child;
    }
    this.#set(item, at);
  }

  #set(item: Item, at: number): void {
    this.#items[at] = item;
    item.at = at;
  }
}

function isBefore(one: Item, other: Item): boolean {
  return one.rank < other.rank || (one.rank === other.rank && one.number < other.number);
}
