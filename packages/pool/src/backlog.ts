import { Deque } from './deque.ts';
import type { Job } from './job.ts';

/**
 * The jobs that wait for a worker, in the order in which they are due. Jobs without a priority are due in the order they
 * came, so they stand in a plain list; the others stand in a heap.
 */
export class Backlog {
  readonly #isLifo: boolean;
  readonly #plain = new Deque<Job>();
  readonly #heap: Job[] = [];

  /** @param isLifo whether of the jobs without priority the newest is served first */
  constructor(isLifo: boolean) {
    this.#isLifo = isLifo;
  }

  /** How many jobs wait. Those that were settled meanwhile count until they are met. */
  get size(): number {
    return this.#plain.size + this.#heap.length;
  }

  push(job: Job): void {
    if (job.plan.priority === undefined) this.#plain.push(job);
    else this.#rise(this.#heap.push(job) - 1);
  }

  /** Jobs that were on their way come before all that are as urgent. */
  giveBack(jobs: readonly Job[]): void {
    const plain = jobs.filter((job) => job.plan.priority === undefined);
    for (const job of jobs) if (job.plan.priority !== undefined) this.push(job);
    if (plain.length === 0) return;
    if (this.#isLifo) for (const job of plain.reverse()) this.#plain.push(job);
    else this.#plain.unshift(plain);
  }

  /** Takes the next one out. */
  shift(): Job | undefined {
    for (;;) {
      const job = this.#takeNext();
      if (job === undefined || !job.isSettled) return job;
    }
  }

  /** Lets go of those that were settled. */
  sweep(): void {
    this.#plain.keep((job) => !job.isSettled);
    // In this order it is a heap.
    const left = this.#heap.splice(0).filter((job) => !job.isSettled);
    for (const job of left.sort((one, other) => (isBefore(one, other) ? -1 : 1))) this.#heap.push(job);
  }

  /** Takes all of them out. */
  clear(): Job[] {
    return [...this.#plain.clear(), ...this.#heap.splice(0)];
  }

  #takeNext(): Job | undefined {
    const [urgent] = this.#heap;
    const plain = this.#isLifo ? this.#plain.back : this.#plain.front;
    // What is as late as a plain job of the same moment goes by its priority.
    if (urgent !== undefined && (plain === undefined || urgent.due < plain.due)) return this.#takeTop();
    return this.#isLifo ? this.#plain.pop() : this.#plain.shift();
  }

  #takeTop(): Job {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop() as Job;
    if (heap.length > 0) {
      heap[0] = last;
      this.#sink();
    }
    return top;
  }

  #rise(at: number): void {
    const heap = this.#heap;
    const job = heap[at];
    for (let i = at; i > 0; ) {
      const parent = (i - 1) >> 1;
      if (!isBefore(job, heap[parent])) break;
      heap[i] = heap[parent];
      heap[parent] = job;
      i = parent;
    }
  }

  #sink(): void {
    const heap = this.#heap;
    const job = heap[0];
    for (let i = 0; ; ) {
      let child = 2 * i + 1;
      if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child++;
      if (child >= heap.length || !isBefore(heap[child], job)) return;
      heap[i] = heap[child];
      heap[child] = job;
      i = child;
    }
  }
}

/** Jobs of the same priority may be given in the same moment of the clock: their numbers have their order. */
function isBefore(one: Job, other: Job): boolean {
  return one.due < other.due || (one.due === other.due && one.number < other.number);
}
