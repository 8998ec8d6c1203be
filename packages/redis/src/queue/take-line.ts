import type { ClosedError, TimeoutError, WaitOptions } from '@mp/core';
import { atDeadline, watchAbort } from '@mp/core/internal';
import type { Lease as Keeping } from '../leases.ts';
import type { Argument, Reply } from '../scripts.ts';
import { LAST_LOOK_MS, LOOK_MS } from '../wakes.ts';
import type { QueueLink } from './queue-link.ts';
import { PASS_ON, TAKE } from './scripts.ts';
import type { Settler } from './settler.ts';

/** `g`: a get, confirmed with the next call. `l`: a lease. `d`: a dead letter. */
export type Mode = 'g' | 'l' | 'd';

/** What came. */
export interface Item {
  readonly id: string;
  readonly token: string;
  readonly body: Buffer;
  /** How often it came back. */
  readonly returns: number;
  readonly keeping: Keeping;
}

/** What is asked for. */
interface Demand {
  readonly mode: Mode;
  readonly most: number;
  mayWait: boolean;
  /** What it ends with when there is nothing. */
  late: TimeoutError | undefined;
  readonly hasEnded: boolean;
  deliver(items: readonly Item[]): void;
  fail(error: unknown): void;
}

/** What differs between the line for items and that for dead letters. */
export interface TakeOrder {
  /** By which it is woken. */
  readonly word: string;
  readonly isLifo: boolean;
  /** The error of a wait that ran out of time. */
  late(timeout: number | undefined): TimeoutError;
  /** The error when nothing will come any more. */
  over(): ClosedError;
  /** What has these tokens is not leased here any more. */
  lost(tokens: readonly string[]): void;
  /** Redis may have leased something by a call whose answer was lost, and could not be asked. */
  unsure(): void;
}

/** Batches of several calls ask for no more than this together. */
const MOST_TOGETHER = 10_000;
const OVER = -2;
/** Everybody who waits has got something. */
const NOBODY_WAITS = -2;

/**
 * The gets and leases of one queue object, in their order. One call is under way at a time, and asks for all that wait: what it
 * brings goes to the first ones. It has the states of a `PutLine`; blocked, it also looks when somebody's leases may come back.
 *
 * Nothing that comes for a call that has given up meanwhile is lost: it is given back, unseen.
 */
export class TakeLine {
  readonly #link: QueueLink;
  readonly #settler: Settler;
  readonly #order: TakeOrder;
  readonly #demands: Demand[] = [];
  #state: 'idle' | 'due' | 'calling' | 'blocked' = 'idle';
  #wasWoken = false;
  #look: NodeJS.Timeout | undefined;
  /** Whether the call under way is a look that nobody has called for. */
  #isUntold = false;
  /** Whether Redis may take other things for leased here than are. */
  #isUnsure = false;
  /** Whether that is to be cleared up as soon as the call under way has ended. */
  #isRecheckDue = false;
  #closed: ClosedError | undefined;

  constructor(link: QueueLink, settler: Settler, order: TakeOrder) {
    this.#link = link;
    this.#settler = settler;
    this.#order = order;
    link.holder.on(order.word, () => this.#wake());
  }

  /**
   * @param options `timeout` and `signal`, already checked; `undefined` = it does not wait
   * @param deadline of these options
   * @returns what came; nothing, when it does not wait and there is nothing
   */
  take(
    mode: Mode,
    most: number,
    options: WaitOptions | undefined,
    deadline: number,
  ): Promise<readonly Item[]> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    const tries = options === undefined;
    const late = !tries && deadline === -Infinity ? this.#order.late(options.timeout) : undefined;
    // What does not wait does not overtake what does.
    if (this.#state === 'blocked') {
      if (tries) return Promise.resolve([]);
      if (late !== undefined) return Promise.reject(late);
    }
    return new Promise((resolve, reject) => {
      let hasEnded = false;
      let unwatch = () => {};
      const end = () => {
        hasEnded = true;
        unwatch();
      };
      const demand: Demand = {
        mode,
        most,
        mayWait: !tries && late === undefined,
        late,
        get hasEnded() {
          return hasEnded;
        },
        deliver(items) {
          end();
          resolve(items);
        },
        fail(error) {
          end();
          reject(error);
        },
      };
      this.#demands.push(demand);
      if (options !== undefined) unwatch = this.#watch(demand, options, deadline);
      this.#due();
    });
  }

  /** The connection was made again, perhaps to a Redis that knows less. */
  recheck(): void {
    // Nothing is leased here, for all that is known.
    if (!this.#link.holder.isKeeping && !this.#isUnsure) return;
    this.#isUnsure = true;
    if (this.#state === 'blocked') {
      clearTimeout(this.#look);
      this.#state = 'idle';
    }
    if (this.#state === 'idle') this.#start();
    else this.#isRecheckDue = this.#state === 'calling';
  }

  /** Redis is asked what is leased here before the next call, or when the connection was made again. */
  doubt(): void {
    this.#isUnsure = true;
  }

  /** Ends all that waits; a call that is under way brings what it brings to those that asked for it. */
  close(error: ClosedError): void {
    if (this.#closed !== undefined) return;
    this.#closed = error;
    clearTimeout(this.#look);
    for (const demand of this.#demands.splice(0)) demand.fail(error);
  }

  #watch(demand: Demand, { signal, timeout }: WaitOptions, deadline: number): () => void {
    const ends: (() => void)[] = [];
    if (signal !== undefined) ends.push(watchAbort(signal, () => this.#remove(demand, signal.reason)));
    // If Redis does not answer this look, it ends without.
    const lookLast = (late: TimeoutError) => {
      const last = setTimeout(() => this.#remove(demand, late), LAST_LOOK_MS);
      ends.push(() => clearTimeout(last));
    };
    if (demand.late !== undefined) lookLast(demand.late);
    else if (deadline !== Infinity)
      ends.push(
        atDeadline(deadline, () => {
          const late = this.#order.late(timeout);
          demand.mayWait = false;
          demand.late = late;
          lookLast(late);
          this.#wake();
        }),
      );
    return () => {
      for (const end of ends) end();
    };
  }

  #remove(demand: Demand, error: unknown): void {
    const index = this.#demands.indexOf(demand);
    if (index < 0) return;
    this.#demands.splice(index, 1);
    demand.fail(error);
    if (this.#demands.length > 0 || this.#state !== 'blocked') return;
    clearTimeout(this.#look);
    this.#state = 'idle';
  }

  #wake(): void {
    this.#wasWoken = true;
    this.#isUntold = false;
    if (this.#state === 'blocked') {
      clearTimeout(this.#look);
      this.#state = 'idle';
    }
    if (this.#state === 'idle') this.#goOn();
  }

  /** A wake that comes when nothing waits here any more was one that another waiter needs. */
  #goOn(): void {
    if (this.#demands.length > 0) this.#due();
    else if (this.#wasWoken) {
      this.#wasWoken = false;
      this.#link.run(PASS_ON, []).catch(() => {});
    }
  }

  #due(): void {
    if (this.#state !== 'idle' || this.#demands.length === 0) return;
    this.#state = 'due';
    queueMicrotask(() => {
      if (this.#state === 'due') this.#start();
    });
  }

  #start(): void {
    this.#state = 'calling';
    void this.#call();
  }

  async #call(): Promise<void> {
    this.#isRecheckDue = false;
    if (this.#isUnsure) {
      // If that fails, the connection was lost: it is done when that was made again.
      await this.#reclaim().catch(() => {});
    }
    const demands = this.#nextDemands();
    let blockedFor: number | undefined;
    if (demands.length > 0) {
      try {
        await this.#link.holder.mayHold();
        const asking = demands.filter(({ hasEnded }) => !hasEnded);
        if (asking.length > 0) {
          this.#wasWoken = false;
          blockedFor = await this.#ask(asking);
        }
      } catch (error) {
        for (const demand of demands) this.#remove(demand, error);
      }
    }
    // Also what came meanwhile: what may not wait does not overtake what does.
    if (blockedFor !== undefined && !this.#wasWoken)
      blockedFor = this.#leaveWaiting(this.#demands, blockedFor);
    this.#state = 'idle';
    if (this.#isRecheckDue) this.#start();
    else if (blockedFor === undefined || this.#wasWoken) this.#goOn();
    else {
      this.#state = 'blocked';
      const isSafeguard = blockedFor < 0 || blockedFor > LOOK_MS;
      this.#look = setTimeout(
        () => {
          this.#wake();
          this.#isUntold = isSafeguard;
        },
        isSafeguard ? LOOK_MS : blockedFor,
      );
    }
  }

  /** Those of the first one's mode that stand together. */
  #nextDemands(): Demand[] {
    const next: Demand[] = [];
    let most = 0;
    for (const demand of this.#demands) {
      most += demand.most;
      if (next.length > 0 && (demand.mode !== next[0].mode || most > MOST_TOGETHER)) break;
      next.push(demand);
    }
    return next;
  }

  /** @returns ms until something may come back, when there was nothing: -1 = nothing can */
  async #ask(demands: readonly Demand[]): Promise<number | undefined> {
    const [{ mode }] = demands;
    const most = demands.reduce((sum, demand) => sum + demand.most, 0);
    const { holder } = this.#link;
    const confirmed = this.#settler.takeConfirmed();
    // With more, there is something for the last one.
    const tooFew = demands.some(({ mayWait }) => mayWait) ? most - (demands.at(-1)?.most ?? 0) : 0;
    const since = holder.now();
    const args: Argument[] = [
      ...[mode, most, demands.some(({ mayWait }) => mayWait) ? holder.waiter : '', holder.name],
      ...[holder.visibility, this.#order.isLifo ? 'ZPOPMAX' : 'ZPOPMIN', holder.grace],
      ...[this.#link.turn, tooFew, confirmed.length / 2, ...confirmed],
    ];
    let reply: readonly Reply[];
    try {
      reply = (await this.#link.run(TAKE, args, 'take')) as readonly Reply[];
    } catch (error) {
      this.#settler.confirmAgain(confirmed);
      if ((error as { code?: string }).code !== 'ERR_MP_DISCONNECTED') throw error;
      // What it leased, if it ran, is on no list here.
      await this.#reclaim();
      return undefined;
    }
    this.#settler.wereConfirmed(confirmed);
    const [answer, told, then] = reply as readonly number[];
    if (answer !== 0 && this.#isUntold) this.#link.wasRescued();
    if (answer === 1) {
      this.#settler.isHasty = told === 0;
      this.#hand(demands, this.#itemsOf(reply, since));
      return then === NOBODY_WAITS ? undefined : this.#leaveWaiting(demands, then);
    }
    if (answer === OVER) {
      for (const demand of demands) this.#remove(demand, this.#order.over());
      return undefined;
    }
    return this.#leaveWaiting(demands, told);
  }

  /** There is nothing for these. @returns `ms`, when one of them waits */
  #leaveWaiting(demands: readonly Demand[], ms: number): number | undefined {
    let isBlocked = false;
    for (const demand of demands.filter(({ hasEnded }) => !hasEnded)) {
      if (demand.mayWait) isBlocked = true;
      else if (demand.late !== undefined) this.#remove(demand, demand.late);
      else this.#hand([demand], []);
    }
    return isBlocked ? ms : undefined;
  }

  async #reclaim(): Promise<void> {
    this.#isUnsure = false;
    try {
      this.#order.lost(await this.#settler.reclaim());
    } catch (error) {
      this.#order.unsure();
      throw error;
    }
  }

  #itemsOf(reply: readonly Reply[], since: number): Item[] {
    const keeping = this.#link.holder.hold(since);
    const items: Item[] = [];
    for (let at = 3; at < reply.length; at += 4) {
      const [id, token, body, returns] = reply.slice(at, at + 4) as Buffer[];
      const item = { id: String(id), token: String(token), body, returns: Number(String(returns)), keeping };
      this.#settler.came(item.token);
      items.push(item);
    }
    return items;
  }

  /** Gives items to those that asked, in order. */
  #hand(demands: readonly Demand[], items: Item[]): void {
    for (const demand of demands) {
      if (demand.hasEnded) continue;
      const some = items.splice(0, demand.most);
      if (some.length === 0 && demand.mayWait) break;
      if (some.length === 0 && demand.late !== undefined) {
        this.#remove(demand, demand.late);
        continue;
      }
      this.#demands.splice(this.#demands.indexOf(demand), 1);
      demand.deliver(some);
    }
    for (const { id, token } of items) this.#settler.end(id, token, 'u').catch(() => {});
  }
}
