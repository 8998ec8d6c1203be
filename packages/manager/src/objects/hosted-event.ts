import type { Call } from '../call.ts';
import { WaitList } from './wait-list.ts';

/** A flag of a server. */
export class HostedEvent {
  static readonly exposed = ['isSet', 'set', 'clear', 'wait'];
  #isSet = false;
  readonly #line = new WaitList<boolean>();

  static make(): HostedEvent {
    return new HostedEvent();
  }

  isSet(): boolean {
    return this.#isSet;
  }

  /** Ends all waits, also when it is cleared at once. */
  set(): void {
    this.#isSet = true;
    for (let waiter = this.#line.shift(); waiter !== undefined; waiter = this.#line.shift())
      waiter.resolve(true);
  }

  clear(): void {
    this.#isSet = false;
  }

  wait(call: Call): boolean | Promise<boolean> {
    if (this.#isSet || call.now) return this.#isSet;
    return this.#line.add(call);
  }
}
