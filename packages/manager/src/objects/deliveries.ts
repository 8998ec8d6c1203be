import type { Caller } from '../call.ts';
import type { Item } from './item-heap.ts';

/** An item that a client has and has not confirmed. */
export interface Delivery {
  readonly number: number;
  readonly item: Item;
  readonly caller: Caller;
}

/** What one client has. */
interface Holder {
  readonly deliveries: Set<Delivery>;
  /** Forgets that the end of the client is watched. */
  readonly forget: () => void;
}

/** What the clients of a queue have and have not confirmed. */
export class Deliveries {
  readonly #byNumber = new Map<number, Delivery>();
  readonly #holders = new Map<Caller, Holder>();
  readonly #onLost: (lost: readonly Delivery[]) => void;
  #last = 0;

  /** @param onLost is told of what a client had that is gone. It has ended then */
  constructor(onLost: (lost: readonly Delivery[]) => void) {
    this.#onLost = onLost;
  }

  get size(): number {
    return this.#byNumber.size;
  }

  begin(item: Item, caller: Caller): Delivery {
    const delivery: Delivery = { number: ++this.#last, item, caller };
    this.#byNumber.set(delivery.number, delivery);
    let holder = this.#holders.get(caller);
    if (holder === undefined) {
      holder = { deliveries: new Set(), forget: caller.onLost(() => this.#onLost(this.endAllOf(caller))) };
      this.#holders.set(caller, holder);
    }
    holder.deliveries.add(delivery);
    return delivery;
  }

  /** A delivery that has not ended; `undefined` when it has, or is not of this client. */
  of(caller: Caller, number: unknown): Delivery | undefined {
    const delivery = this.#byNumber.get(number as number);
    return delivery?.caller === caller ? delivery : undefined;
  }

  /** @returns whether it had not ended yet */
  end(delivery: Delivery): boolean {
    if (!this.#byNumber.delete(delivery.number)) return false;
    const { caller } = delivery;
    const holder = this.#holders.get(caller) as Holder;
    holder.deliveries.delete(delivery);
    if (holder.deliveries.size > 0) return true;
    // A client that has nothing is not watched: it may outlive the queue.
    this.#holders.delete(caller);
    holder.forget();
    return true;
  }

  /** Ends all of one client. @returns them */
  endAllOf(caller: Caller): readonly Delivery[] {
    const all = [...(this.#holders.get(caller)?.deliveries ?? [])];
    for (const delivery of all) this.end(delivery);
    return all;
  }
}
