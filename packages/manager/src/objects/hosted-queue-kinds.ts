import type { Call, Caller } from '../call.ts';
import type { Delivery } from './deliveries.ts';
import { HostedQueue } from './hosted-queue.ts';
import { QueueWaits } from './queue-waits.ts';

/** A get is a lease that `taskDone` ends: `multiprocessing.JoinableQueue` of Python. */
export class HostedJoinableQueue extends HostedQueue {
  static override readonly exposed = [...HostedQueue.exposed, 'taskDone', 'join'];
  readonly #joins = new QueueWaits({
    attempted: 'Cannot join the JoinableQueue',
    reason: 'not all of its items are done',
  });

  /** What clients have got and is not done, oldest first. */
  readonly #got = new WeakMap<Caller, Set<Delivery>>();
  readonly #finished = (): true | undefined => this.unfinished === 0 || undefined;

  static override make(args: readonly unknown[]): HostedJoinableQueue {
    return new HostedJoinableQueue(args, 'JoinableQueue');
  }

  /** The oldest get of the client is done. @throws RangeError when all are */
  taskDone(call: Call): void {
    const got = this.#got.get(call.caller);
    for (const delivery of got ?? []) {
      got?.delete(delivery);
      // One that was given back meanwhile is another client's by now.
      if (this.deliveries.of(call.caller, delivery.number) === undefined) continue;
      this.confirm(delivery);
      return;
    }
    throw new RangeError('Cannot call taskDone() of the JoinableQueue: every get of it here is done');
  }

  join(call: Call): true | Promise<true> {
    return this.#finished() ?? this.#joins.add(call, this.#finished, () => {});
  }

  override leave(call: Call, leases: unknown, gets?: unknown): void {
    super.leave(call, leases);
    const got = [...(this.#got.get(call.caller) ?? [])];
    // A client tells the gets of its proxies apart by their numbers only: those of one may be another's.
    const mine = typeof gets === 'number' && gets > 0 ? got.slice(-gets) : [];
    for (const delivery of mine) this.#got.get(call.caller)?.delete(delivery);
    this.giveBack(mine.filter(({ number }) => this.deliveries.of(call.caller, number) !== undefined));
  }

  protected override takeOne(call: Call): unknown {
    const delivery = this.#note(call.caller);
    call.undo = () => this.#takeBack([delivery]);
    call.undoIfLost = true;
    return delivery.item.value;
  }

  protected override takeSome(call: Call, most: number): unknown[] {
    const count = Math.min(most, this.size());
    const deliveries = Array.from({ length: count }, () => this.#note(call.caller));
    call.undo = () => this.#takeBack(deliveries);
    call.undoIfLost = true;
    return deliveries.map(({ item }) => item.value);
  }

  protected override settle(): void {
    super.settle();
    while (this.#joins.serveFirst());
  }

  #note(caller: Caller): Delivery {
    const delivery = this.deliver(caller);
    const got = this.#got.get(caller);
    if (got === undefined) this.#got.set(caller, new Set([delivery]));
    else got.add(delivery);
    return delivery;
  }

  #takeBack(deliveries: readonly Delivery[]): void {
    for (const delivery of deliveries) this.#got.get(delivery.caller)?.delete(delivery);
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
