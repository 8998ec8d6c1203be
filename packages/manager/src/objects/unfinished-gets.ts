import type { Delivery } from './deliveries.ts';

/** What one client has got of a JoinableQueue and has not said to be done, oldest first, each with the proxy that got it. */
export class UnfinishedGets {
  readonly #holders = new Map<Delivery, unknown>();
  readonly #byHolder = new Map<unknown, Set<Delivery>>();

  /** @param holder by which the client tells its proxies apart */
  add(delivery: Delivery, holder: unknown): void {
    this.#holders.set(delivery, holder);
    const own = this.#byHolder.get(holder);
    if (own === undefined) this.#byHolder.set(holder, new Set([delivery]));
    else own.add(delivery);
  }

  remove(delivery: Delivery): void {
    const holder = this.#holders.get(delivery);
    const own = this.#byHolder.get(holder);
    this.#holders.delete(delivery);
    own?.delete(delivery);
    if (own?.size === 0) this.#byHolder.delete(holder);
  }

  /** The oldest of a proxy; when it has none, the oldest of all. */
  oldest(holder: unknown): Delivery | undefined {
    const [first] = this.#byHolder.get(holder) ?? this.#holders.keys();
    return first;
  }

  /** All of a proxy. */
  of(holder: unknown): readonly Delivery[] {
    return [...(this.#byHolder.get(holder) ?? [])];
  }
}
