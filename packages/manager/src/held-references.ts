import { MpError } from '@mp/core';
import type { Hosted, HostedObjects } from './hosted.ts';
import { overLimit } from './limits.ts';
import { misuse } from './misuse.ts';
import { ROOT } from './protocol.ts';

interface Held {
  readonly hosted: Hosted;
  /** How often it was mentioned to the client, less what the client has let go of. */
  mentions: number;
}

/** The references that one client holds, by their numbers on its connection. */
export class HeldReferences {
  readonly #objects: HostedObjects;
  readonly #most: number;
  readonly #held = new Map<number, Held>();
  readonly #numbers = new Map<Hosted, number>();
  #last: number = ROOT;

  constructor(objects: HostedObjects, most: number) {
    this.#objects = objects;
    this.#most = most;
  }

  /** @throws MpError `ERR_MP_STALE` when the client holds no such object */
  at(number: unknown): Hosted {
    const hosted = this.find(number);
    if (hosted !== undefined) return hosted;
    throw new MpError('ERR_MP_STALE', 'This client holds no such object of the manager: it was let go of');
  }

  /** @returns `undefined` when the client holds no such object */
  find(number: unknown): Hosted | undefined {
    return this.#held.get(number as number)?.hosted;
  }

  /** The number by which the client is told of an object. */
  mention(hosted: Hosted): number {
    const known = this.#numbers.get(hosted);
    if (known !== undefined) {
      (this.#held.get(known) as Held).mentions++;
      return known;
    }
    if (this.#held.size >= this.#most)
      throw overLimit(
        `this client holds ${this.#most} references`,
        'Let go of some: `using`, or [Symbol.dispose]()',
      );
    const number = ++this.#last;
    this.#numbers.set(hosted, number);
    this.#held.set(number, { hosted, mentions: 1 });
    this.#objects.hold(hosted);
    return number;
  }

  /**
   * The client lets go of so many mentions. One that was made meanwhile keeps the object.
   *
   * @throws MpError when there were not so many
   */
  release(number: unknown, count: unknown): void {
    const held = this.#held.get(number as number);
    if (
      held === undefined ||
      !Number.isInteger(count) ||
      (count as number) < 1 ||
      (count as number) > held.mentions
    )
      throw misuse('it lets go of what it does not hold');
    held.mentions -= count as number;
    if (held.mentions > 0) return;
    this.#held.delete(number as number);
    this.#numbers.delete(held.hosted);
    this.#objects.letGo(held.hosted);
  }

  clear(): void {
    for (const { hosted } of this.#held.values()) this.#objects.letGo(hosted);
    this.#held.clear();
    this.#numbers.clear();
  }
}
