import type { Call, Caller } from '../call.ts';
import type { Delivery } from './deliveries.ts';
import { HostedQueue } from './hosted-queue.ts';
import { QueueWaits } from './queue-waits.ts';
import { UnfinishedGets } from './unfinished-gets.ts';

/** A get is a lease that `taskDone` ends: `multiprocessing.JoinableQueue` of Python. */
export class HostedJoinableQueue extends HostedQueue {
  static override readonly exposed = [...HostedQueue.exposed, 'taskDone', 'join'];
  readonly #joins = new QueueWaits({
    attempted: 'Cannot join the JoinableQueue',
    reason: 'not all of its items are done',
  });

  /** What clients have got and is not done. */
  readonly #got = new WeakMap<Caller, UnfinishedGets>();
  readonly #finished = (): true | undefined => this.unfinished === 0 || undefined;

  static override make(args: readonly unknown[]): HostedJoinableQueue {
    return new HostedJoinableQueue(args, 'JoinableQueue');
  }

  /** The oldest get of a proxy is done; when it has none, the oldest of the client. @throws RangeError when all are */
  taskDone({ caller }: Call, holder: unknown): void {
    const got = this.#got.get(caller);
    for (let oldest = got?.oldest(holder); oldest !== undefined; oldest = got?.oldest(holder)) {
      got?.remove(oldest);
      // One that was given back meanwhile is another client's by now.
      if (this.deliveries.of(caller, oldest.number) === undefined) continue;
      this.confirm(oldest);
      return;
    }
    throw new RangeError('Cannot call taskDone() of the JoinableQueue: every get of it here is done');
  }

  join(call: Call): true | Promise<true> {
    return this.#finished() ?? this.#joins.add(call, this.#finished, () => {});
  }

  override leave(call: Call, leases: unknown, holder?: unknown): void {
    super.leave(call, leases);
    const { caller } = call;
    const got = this.#got.get(caller);
    const own = got?.of(holder) ?? [];
    for (const delivery of own) got?.remove(delivery);
    this.giveBack(own.filter(({ number }) => this.deliveries.of(caller, number) !== undefined));
  }

  protected override takeOne(call: Call, holder: unknown): unknown {
    const delivery = this.#note(call.caller, holder);
    call.undo = () => this.#takeBack([delivery]);
    call.undoIfLost = true;
    return delivery.item.value;
  }

  protected override takeSome(call: Call, most: number, holder: unknown): unknown[] {
    const count = Math.min(most, this.size());
    const deliveries = Array.from({ length: count }, () => this.#note(call.caller, holder));
    call.undo = () => this.#takeBack(deliveries);
    call.undoIfLost = true;
    return deliveries.map(({ item }) => item.value);
  }

  protected override settle(): void {
    super.settle();
    while (this.#joins.serveFirst());
  }

  #note(caller: Caller, holder: unknown): Delivery {
    const delivery = this.deliver(caller);
    let got = this.#got.get(caller);
    if (got === undefined) {
      got = new UnfinishedGets();
      this.#got.set(caller, got);
    }
    got.add(delivery, holder);
    return delivery;
  }

  #takeBack(deliveries: readonly Delivery[]): void {
    for (const delivery of deliveries) this.#got.get(delivery.caller)?.remove(delivery);
    this.revoke(deliveries);
  }
}

/** The latest first: `queue.LifoQueue` of Python. */
export class HostedLifoQueue extends HostedQueue {
  static override make(args: readonly unknown[]): HostedLifoQueue {
    return new HostedLifoQueue(args, 'LifoQueue');
  }

  protected override rankOf(priority: unknown, number: number): number {
    super.rankOf(priority, number);
    return -number;
  }
}

/** The lowest priority first: `queue.PriorityQueue` of Python. */
export class HostedPriorityQueue extends HostedQueue {
  static override make(args: readonly unknown[]): HostedPriorityQueue {
    return new HostedPriorityQueue(args, 'PriorityQueue');
  }

  protected override rankOf(priority: unknown): number {
    if (priority === undefined || priority === null) return 0;
    if (typeof priority !== 'number')
      throw new TypeError(`priority must be a number, not a ${typeof priority}`);
    if (Number.isFinite(priority)) return priority;
    throw new RangeError(`priority must be a finite number, not ${priority}`);
  }
}
