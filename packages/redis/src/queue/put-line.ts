import { ClosedError, TimeoutError, type WaitOptions } from '@mp/core';
import { atDeadline, watchAbort } from '@mp/core/internal';
import { disconnected } from '../errors.ts';
import type { Argument } from '../scripts.ts';
import { LOOK_MS } from '../wakes.ts';
import type { QueueLink } from './queue-link.ts';
import { PASS_ON, PUT } from './scripts.ts';

/** So many items and bytes go in one call, if there is more than one put. */
const MOST_ITEMS = 1_000;
const MOST_BYTES = 4 << 20;
/** How long Redis remembers what became of the last call, for the case that its answer was lost. */
const MEMO_MS = 600_000;
/** A put that has given up while its call is under way looks so often whether Redis is away: then it waits no longer. */
const GRACE_MS = 1_000;

/** What is put together: all or nothing. */
interface Group {
  readonly bodies: readonly Buffer[];
  readonly bytes: number;
  readonly rank: number;
  /** Whether it waits for space. */
  mayWait: boolean;
  /** What it ends with, when its call finds no space. */
  readonly end: { readonly error: unknown } | undefined;
  /** It has given up, and its call is under way. */
  giveUp(error: unknown): void;
  settle(isPut: boolean): void;
  fail(error: unknown): void;
}

/**
 * The puts of one queue object, in their order. One call is under way at a time; what comes meanwhile goes with the next one, so
 * that many puts at once cost few calls.
 *
 * | the line is | which means                                          | until                                       |
 * | ----------- | ---------------------------------------------------- | ------------------------------------------- |
 * | idle        | nothing waits                                        | a put                                       |
 * | due         | a call is made at the end of this turn of the loop   | then                                        |
 * | calling     | the answer of a call has yet to come                 | it comes                                    |
 * | blocked     | there is no space for the first one                  | a wake, the end of the first one, LOOK_MS   |
 *
 * A put that gives up while its call is under way ends as that call says: what was put is put. If Redis is away then, nobody says
 * it, and the put ends as one that may have happened.
 */
export class PutLine {
  readonly #link: QueueLink;
  readonly #groups: Group[] = [];
  #state: 'idle' | 'due' | 'calling' | 'blocked' = 'idle';
  #underWay = 0;
  #wasWoken = false;
  /** Whether the last call could enter this line among the waiters. */
  #wasHeard = false;
  #look: NodeJS.Timeout | undefined;
  /** Whether the call under way is a look that nobody has called for. */
  #isUntold = false;
  #number = 0;
  #closed: ClosedError | undefined;

  constructor(link: QueueLink) {
    this.#link = link;
    link.holder.on('puts', () => this.#wake());
  }

  /**
   * @param options `timeout` and `signal`, already checked; `undefined` = it does not wait
   * @param deadline of these options
   * @returns whether it was put
   */
  put(
    bodies: readonly Buffer[],
    rank: number,
    options: WaitOptions | undefined,
    deadline: number,
  ): Promise<boolean> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    const mayWait = options !== undefined && deadline !== -Infinity;
    // What may not wait does not overtake what does.
    if (!mayWait && this.#state === 'blocked' && bodies.length > 0) return Promise.resolve(false);
    return new Promise((resolve, reject) => {
      let unwatch = () => {};
      let end: Group['end'];
      let late: NodeJS.Timeout | undefined;
      const group: Group = {
        bodies,
        bytes: bodies.reduce((sum, { length }) => sum + length, 0),
        rank,
        mayWait,
        get end() {
          return end;
        },
        giveUp: (error) => {
          end ??= { error };
          late ??= setInterval(() => {
            if (!this.#link.isUp) group.fail(this.#unknown(error));
          }, GRACE_MS);
        },
        settle: (isPut) => {
          unwatch();
          clearInterval(late);
          resolve(isPut);
        },
        fail: (error) => {
          unwatch();
          clearInterval(late);
          reject(error);
        },
      };
      this.#groups.push(group);
      if (mayWait) unwatch = this.#watch(group, options, deadline);
      this.#due();
    });
  }

  /** Ends all that waits. What is under way has its answer first. */
  close(error: ClosedError): void {
    if (this.#closed !== undefined) return;
    if (this.#state === 'due') this.#start();
    this.#closed = error;
    clearTimeout(this.#look);
    for (const group of [...this.#groups]) this.#giveUp(group, error);
  }

  #watch(group: Group, { signal, timeout }: WaitOptions, deadline: number): () => void {
    const ends: (() => void)[] = [];
    if (signal !== undefined) ends.push(watchAbort(signal, () => this.#giveUp(group, signal.reason)));
    if (deadline !== Infinity) {
      const late = () =>
        new TimeoutError(`Cannot put into the ${this.#link.title}: it is full, for ${timeout} ms`);
      ends.push(atDeadline(deadline, () => this.#giveUp(group, late())));
    }
    return () => {
      for (const end of ends) end();
    };
  }

  #giveUp(group: Group, error: unknown): void {
    const index = this.#groups.indexOf(group);
    if (index < 0) return;
    if (index < this.#underWay) {
      group.giveUp(error);
      return;
    }
    this.#groups.splice(index, 1);
    group.fail(error);
    if (index > 0 || this.#state !== 'blocked') return;
    // There may be space for the next one.
    clearTimeout(this.#look);
    this.#state = 'idle';
    this.#due();
  }

  #unknown(cause: unknown): Error {
    return disconnected(
      `Cannot tell what became of a put into the ${this.#link.title}: it gave up while the connection to Redis was lost, so it may have happened, or may still`,
      cause,
    );
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
    if (this.#groups.length > 0) this.#due();
    else if (this.#wasWoken) {
      this.#wasWoken = false;
      this.#link.run(PASS_ON, []).catch(() => {});
    }
  }

  #due(): void {
    if (this.#state !== 'idle' || this.#groups.length === 0) return;
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
    const next = this.#nextGroups();
    this.#underWay = next.length;
    this.#wasWoken = false;
    let isBlocked = false;
    try {
      const groups = this.#refuseLarge(next, await this.#link.maxSize());
      if (groups.length > 0) isBlocked = this.#settle(groups, await this.#send(groups));
    } catch (error) {
      for (const group of this.#groups.splice(0, this.#underWay)) group.fail(error);
    }
    this.#underWay = 0;
    this.#state = 'idle';
    if (isBlocked) await this.#block();
    else this.#goOn();
  }

  /** A batch that would never have space ends at once. @returns the others */
  #refuseLarge(groups: readonly Group[], most: number): Group[] {
    const large = groups.filter(({ bodies }) => bodies.length > most);
    for (const group of large) {
      this.#groups.splice(this.#groups.indexOf(group), 1);
      this.#underWay--;
      group.fail(new RangeError(`Cannot put ${group.bodies.length} items at once: maxSize is ${most}`));
    }
    return groups.filter((group) => !large.includes(group));
  }

  #nextGroups(): Group[] {
    let [items, bytes, count] = [0, 0, 0];
    for (const group of this.#groups) {
      items += group.bodies.length;
      bytes += group.bytes;
      if (count > 0 && (items > MOST_ITEMS || bytes > MOST_BYTES)) break;
      count++;
    }
    return this.#groups.slice(0, count);
  }

  /** @returns for each group `1` or `0` */
  async #send(groups: readonly Group[]): Promise<string> {
    const { waiter } = this.#link.holder;
    this.#wasHeard = waiter !== '';
    const args: Argument[] = [++this.#number, MEMO_MS, waiter, groups.length];
    for (const { bodies, rank, mayWait } of groups) {
      args.push(mayWait ? 'w' : 't', bodies.length, rank);
      for (const body of bodies) args.push(body);
    }
    const [answer, did] = (await this.#link.run(PUT, args, 'put')) as [number, Buffer];
    if (answer === 1) return String(did);
    throw new ClosedError(`Cannot put into the ${this.#link.title}: it was shut down`);
  }

  /** @returns whether the first one left has to wait: behind it nothing was put */
  #settle(groups: readonly Group[], did: string): boolean {
    const rest: Group[] = [];
    let hasGivenUp = false;
    groups.forEach((group, index) => {
      if (did[index] === '1') {
        if (this.#isUntold) this.#link.wasRescued();
        this.#isUntold = false;
        group.settle(true);
      } else if (group.end !== undefined) {
        group.fail(group.end.error);
        hasGivenUp = true;
      } else if (!group.mayWait) group.settle(false);
      else rest.push(group);
    });
    this.#groups.splice(0, groups.length, ...rest);
    // What stood behind one that has given up may have space.
    return rest.length > 0 && !hasGivenUp;
  }

  /** There is no space for the first one. */
  async #block(): Promise<void> {
    this.#state = 'blocked';
    for (const group of this.#groups.filter(({ mayWait }) => !mayWait)) this.#refuse(group);
    if (this.#wasHeard && !this.#wasWoken) {
      this.#look = setTimeout(() => {
        this.#wake();
        this.#isUntold = true;
      }, LOOK_MS);
      return;
    }
    try {
      // It could not be woken: once it can, it has to look again.
      await this.#link.holder.hear();
    } catch (error) {
      // Unless the first one has given up meanwhile: others may be under way then.
      if (this.#state === 'blocked') for (const group of this.#groups.splice(0)) group.fail(error);
    }
    this.#wake();
  }

  #refuse(group: Group): void {
    this.#groups.splice(this.#groups.indexOf(group), 1);
    group.settle(false);
  }
}
