import { ClosedError } from '@mp/core';
import type { Parameter } from '@mp/core/internal';
import type { Call, Caller } from '../call.ts';
import { Deliveries, type Delivery } from './deliveries.ts';
import { Item, ItemHeap } from './item-heap.ts';
import { askedLimit, checkMost, limitOf } from './queue-arguments.ts';
import { QueueWaits } from './queue-waits.ts';
import { emptied, UnreadItems } from './unread-items.ts';

/*
 * The queues of a server: plain objects in its memory. One thread runs all calls, so that each of them is atomic, and a
 * change is followed at once by all that it makes possible (`settle`).
 *
 * | an item is  | and then                                                                                            |
 * | ----------- | --------------------------------------------------------------------------------------------------- |
 * | in a put    | ready, when there is space for its put; refused, by a shutdown; nowhere, when its client gives up   |
 * | ready       | got; leased; discarded; nowhere, when the client of its put has not read that it was put, and gives up |
 * | got         | gone, once its client has read it; ready, at its old place, when the client gives up or dies before |
 * | leased      | done; ready, at its old place; a dead letter. It belongs to a connection, and comes back with its end |
 * | dead letter | taken, as "got"                                                                                     |
 */

/** `open` takes puts; `closed` is drained, and `discarded` was emptied. */
type State = 'open' | 'closed' | 'discarded';

/** A lease, as it travels: number, item, attempt. */
type Lent = readonly [number: number, value: unknown, attempt: number];

/** In order of arrival: `multiprocessing.Queue` of Python. */
export class HostedQueue {
  static readonly exposed: readonly string[] = [
    ...['put', 'putMany', 'tryPut', 'tryPutMany'],
    ...['get', 'getMany', 'tryGet', 'tryGetMany', 'next'],
    ...['lease', 'tryLease', 'nextLease', 'end'],
    ...['letters', 'getLetter', 'tryGetLetter', 'nextLetter'],
    ...['maxSize', 'size', 'isEmpty', 'isFull', 'isShutdown', 'shutdown', 'leave'],
  ];

  protected readonly deliveries = new Deliveries((lost) => this.#returnAll(lost));
  readonly #items = new ItemHeap();
  readonly #letters = new ItemHeap();
  readonly #puts: QueueWaits;
  readonly #gets: QueueWaits;
  readonly #letterGets: QueueWaits;
  readonly #title: string;
  readonly #maxSize: number;
  readonly #maxAttempts: number;
  readonly #settle = () => this.settle();
  readonly #unread = new UnreadItems(() => this.#wereRead());
  readonly #unreadLetters = new UnreadItems(() => this.#wereRead());
  #state: State = 'open';
  #lastNumber = 0;

  protected constructor([maxSize, maxAttempts]: readonly unknown[], title: string) {
    this.#maxSize = limitOf('maxSize', maxSize);
    this.#maxAttempts = limitOf('maxAttempts', maxAttempts);
    this.#title = title;
    this.#puts = new QueueWaits({ attempted: `Cannot put into the ${title}`, reason: 'it is full' });
    this.#gets = new QueueWaits({ attempted: `Cannot get from the ${title}`, reason: 'it is empty' });
    const attempted = `Cannot get a dead letter of the ${title}`;
    this.#letterGets = new QueueWaits({ attempted, reason: 'there is none' });
  }

  static make(args: readonly unknown[]): HostedQueue {
    return new HostedQueue(args, 'Queue');
  }

  parameters([maxSize, maxAttempts]: readonly unknown[]): readonly Parameter[] {
    return [
      { name: 'maxSize', asked: askedLimit('maxSize', maxSize), found: this.#maxSize },
      { name: 'maxAttempts', asked: askedLimit('maxAttempts', maxAttempts), found: this.#maxAttempts },
    ];
  }

  put(call: Call, value: unknown, priority?: unknown): true | Promise<true> {
    return this.#put(call, [value], priority);
  }

  putMany(call: Call, values: unknown, priority?: unknown): true | Promise<true> {
    return this.#put(call, this.#checkMany(values), priority);
  }

  tryPut(call: Call, value: unknown, priority?: unknown): boolean {
    return this.#tryPut(call, [value], priority);
  }

  tryPutMany(call: Call, values: unknown, priority?: unknown): boolean {
    return this.#tryPut(call, this.#checkMany(values), priority);
  }

  /** @param holder the proxy of the client, where that matters */
  get(call: Call, holder?: unknown): unknown {
    return this.#getBy(call, () => this.takeOne(call, holder));
  }

  getMany(call: Call, most: unknown, holder?: unknown): unknown {
    checkMost(most);
    return this.#getBy(call, () => this.takeSome(call, most, holder));
  }

  /** Of a loop: nothing in the list is the end. */
  next(call: Call, holder?: unknown): unknown {
    return this.#getBy(call, () => [this.takeOne(call, holder)], []);
  }

  tryGet(call: Call, holder?: unknown): unknown {
    return this.#tryGetBy(() => this.takeOne(call, holder));
  }

  tryGetMany(call: Call, most: unknown, holder?: unknown): readonly unknown[] {
    checkMost(most);
    return this.#tryGetBy(() => this.takeSome(call, most, holder)) ?? [];
  }

  lease(call: Call): Lent | Promise<Lent> {
    return this.#getBy(call, () => this.#lend(call));
  }

  tryLease(call: Call): Lent | undefined {
    return this.#tryGetBy(() => this.#lend(call));
  }

  /** Of a loop: nothing in the list is the end. */
  nextLease(call: Call): unknown {
    return this.#getBy<readonly unknown[]>(call, () => this.#lend(call), []);
  }

  /** Ends a lease of the client. @returns whether it had not ended yet */
  end(call: Call, number: unknown, isDone: unknown): boolean {
    const delivery = this.deliveries.of(call.caller, number);
    if (delivery === undefined) return false;
    if (isDone === true) this.confirm(delivery);
    else this.#returnAll([delivery], true);
    return true;
  }

  letters(): number {
    return this.#letters.size;
  }

  getLetter(call: Call): unknown {
    return this.#getLetterBy(call, () => this.#takeLetter(call));
  }

  tryGetLetter(call: Call): unknown {
    if (this.#letters.size > 0) return this.#takeLetter(call);
    if (this.#lettersAreOver) throw this.#noLetters();
    return undefined;
  }

  /** Of a loop: nothing in the list is the end. */
  nextLetter(call: Call): unknown {
    return this.#getLetterBy(call, () => [this.#takeLetter(call)], []);
  }

  maxSize(): number {
    return this.#maxSize;
  }

  size(): number {
    return this.#items.size;
  }

  isEmpty(): boolean {
    return this.#items.size === 0;
  }

  isFull(): boolean {
    return !this.#hasSpace(1);
  }

  isShutdown(): boolean {
    return this.#state !== 'open';
  }

  /** @returns how many items were discarded */
  shutdown(_: Call, immediate?: unknown): number {
    if (this.#state !== 'discarded') this.#state = immediate === true ? 'discarded' : 'closed';
    const discarded = immediate === true ? this.#items.size : 0;
    if (discarded > 0) this.#items.clear();
    this.settle();
    return discarded;
  }

  /** The client closes a proxy, perhaps one of several, which had these leases: they are given back. */
  leave(call: Call, leases: unknown, _holder?: unknown): void {
    if (!Array.isArray(leases)) throw new TypeError(`leases must be an array, not ${typeof leases}`);
    const open = leases.map((each) => this.deliveries.of(call.caller, each));
    this.giveBack(open.filter((each) => each !== undefined));
  }

  /** Items that were put and are not done with. */
  protected get unfinished(): number {
    return this.#items.size + this.deliveries.size;
  }

  /** The rank of the next item. */
  protected rankOf(priority: unknown, _number: number): number {
    if (priority === undefined || priority === null) return 0;
    throw new TypeError(`Cannot put with a priority into a ${this.#title}: use a PriorityQueue`);
  }

  /** There is an item. */
  protected takeOne(call: Call, _holder: unknown): unknown {
    return this.#unread.give(call, [this.#items.take()], (back) => this.#restore(back))[0];
  }

  /** There is an item. */
  protected takeSome(call: Call, most: number, _holder: unknown): unknown[] {
    const items = Array.from({ length: Math.min(most, this.#items.size) }, () => this.#items.take());
    return this.#unread.give(call, items, (back) => this.#restore(back));
  }

  /** There is an item. */
  protected deliver(caller: Caller): Delivery {
    return this.deliveries.begin(this.#items.take(), caller);
  }

  protected confirm(delivery: Delivery): void {
    this.deliveries.end(delivery);
    emptied(delivery.item);
    this.settle();
  }

  /** Takes deliveries back of which their client never knew. */
  protected revoke(deliveries: readonly Delivery[]): void {
    this.#restore(deliveries.filter((each) => this.deliveries.end(each)).map(({ item }) => item));
  }

  /** Does all that a change has made possible. */
  protected settle(): void {
    // What is put may be got at once, which makes space for the next put.
    for (let moved = true; moved; ) {
      moved = this.#puts.serveFirst();
      while (this.#gets.serveFirst()) moved = true;
    }
    while (this.#letterGets.serveFirst());
  }

  #put(call: Call, values: readonly unknown[], priority: unknown): true | Promise<true> {
    this.#checkPut(values, priority);
    const step = () => this.#enter(call, values, priority);
    const done = this.#puts.isEmpty ? step() : undefined;
    if (done === undefined) return this.#puts.add(call, step, this.#settle);
    this.settle();
    return done;
  }

  #tryPut(call: Call, values: readonly unknown[], priority: unknown): boolean {
    this.#checkPut(values, priority);
    const done = (this.#puts.isEmpty || values.length === 0) && this.#enter(call, values, priority);
    if (done !== true) return false;
    this.settle();
    return true;
  }

  /** @returns `undefined` = not now. @throws ClosedError when the queue was shut down */
  #enter(call: Call, values: readonly unknown[], priority: unknown): true | undefined {
    if (this.#state !== 'open') throw new ClosedError(`Cannot put into the ${this.#title}: it was shut down`);
    if (values.length > 0 && !this.#hasSpace(values.length)) return undefined;
    const items = values.map((value) => {
      const number = ++this.#lastNumber;
      return new Item(value, this.rankOf(priority, number), number);
    });
    for (const item of items) this.#items.insert(item);
    call.undo = () => this.#withdraw(items);
    return true;
  }

  /** Checks, before anything waits, what came from a client. */
  #checkPut(values: readonly unknown[], priority: unknown): void {
    this.rankOf(priority, 0);
    if (values.includes(undefined)) throw new TypeError('an item cannot be undefined: send null');
  }

  #checkMany(values: unknown): readonly unknown[] {
    if (!Array.isArray(values)) throw new TypeError(`items must be an array, not ${typeof values}`);
    if (values.length > this.#maxSize)
      throw new RangeError(`Cannot put ${values.length} items at once: maxSize is ${this.#maxSize}`);
    return values;
  }

  #hasSpace(count: number): boolean {
    return this.#items.size + count <= this.#maxSize;
  }

  /** @param end what answers when nothing will come any more, instead of an error */
  #getBy<R>(call: Call, take: () => R, end?: R): R | Promise<R> {
    const step = () => {
      if (this.#items.size > 0) return take();
      if (!this.#isOver) return undefined;
      if (end === undefined) throw this.#nothing();
      return end;
    };
    const result = this.#gets.isEmpty ? step() : undefined;
    if (result === undefined) return this.#gets.add(call, step, this.#settle);
    this.settle();
    return result;
  }

  #tryGetBy<R>(take: () => R): R | undefined {
    if (this.#items.size === 0) {
      if (this.#isOver) throw this.#nothing();
      return undefined;
    }
    const result = take();
    this.settle();
    return result;
  }

  #getLetterBy<R>(call: Call, take: () => R, end?: R): R | Promise<R> {
    const step = () => {
      if (this.#letters.size > 0) return take();
      if (!this.#lettersAreOver) return undefined;
      if (end === undefined) throw this.#noLetters();
      return end;
    };
    const result = this.#letterGets.isEmpty ? step() : undefined;
    return result ?? this.#letterGets.add(call, step, this.#settle);
  }

  #takeLetter(call: Call): unknown {
    const [value] = this.#unreadLetters.give(call, [this.#letters.take()], ([item]) => {
      this.#letters.insert(item);
      this.settle();
    });
    return value;
  }

  #lend(call: Call): Lent {
    const delivery = this.deliver(call.caller);
    call.undo = () => this.revoke([delivery]);
    call.undoIfLost = true;
    return [delivery.number, delivery.item.value, delivery.item.attempts + 1];
  }

  /** Deliveries have failed, and end. */
  protected giveBack(deliveries: readonly Delivery[]): void {
    this.#returnAll(deliveries, true);
  }

  /** Deliveries have failed. @param isOpen whether they have to be ended, too */
  #returnAll(deliveries: readonly Delivery[], isOpen = false): void {
    for (const delivery of deliveries) {
      if (isOpen) this.deliveries.end(delivery);
      const { item } = delivery;
      item.attempts++;
      if (item.attempts >= this.#maxAttempts) this.#letters.insert(item);
      else if (this.#state !== 'discarded') this.#items.insert(item);
      else emptied(item);
    }
    this.settle();
  }

  /** Items come back that were never read. */
  #restore(items: readonly Item[]): void {
    for (const item of items) {
      if (this.#state === 'discarded' || item.isWithdrawn) emptied(item);
      else this.#items.insert(item);
    }
    this.settle();
  }

  /** The client of a put gave up before it read that it was done. */
  #withdraw(items: readonly Item[]): void {
    for (const item of items) {
      if (this.#items.has(item)) this.#items.remove(item);
      else item.isWithdrawn = true;
    }
    this.settle();
  }

  /** What waited for unread items to come back waits in vain. */
  #wereRead(): void {
    if (this.#state !== 'open') this.settle();
  }

  /** Whether nothing can be got any more. */
  get #isOver(): boolean {
    if (this.#state === 'open' || this.#items.size > 0) return false;
    return this.#state === 'discarded' || (this.deliveries.size === 0 && this.#unread.size === 0);
  }

  get #lettersAreOver(): boolean {
    return this.#state !== 'open' && this.unfinished + this.#unread.size + this.#unreadLetters.size === 0;
  }

  #nothing(): ClosedError {
    return new ClosedError(`Cannot get from the ${this.#title}: it was shut down and is empty`);
  }

  #noLetters(): ClosedError {
    return new ClosedError(
      `Cannot get a dead letter of the ${this.#title}: it was shut down and there is none`,
    );
  }
}
