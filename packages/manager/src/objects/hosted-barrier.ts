import { BrokenBarrierError } from '@mp/core';
import type { Parameter } from '@mp/core/internal';
import type { Call, Caller } from '../call.ts';

const MOST_PARTIES = 10_000;

interface Party {
  readonly call: Call;
  /** Whether its client runs an action if it is the last of its meeting. */
  readonly hasAction: boolean;
  readonly resolve: (answer: number | ActAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** What the party is told that came last, when it has an action to run: its index, and the number of this meeting. */
export type ActAnswer = readonly [index: number, meeting: number];

/** All have come, and one of them runs the action before they go on. */
interface Meeting {
  readonly number: number;
  readonly actor: Caller;
  /** Does not watch the actor any more. */
  readonly forget: () => void;
  readonly others: readonly Party[];
}

/**
 * A meeting point of a server.
 *
 * | state   | next                                                                                          |
 * | ------- | --------------------------------------------------------------------------------------------- |
 * | filling | all go on, when the last party comes, and it fills again; acting, when that one has an action |
 * | acting  | filling, when the action has ended. Parties that come meanwhile wait for the next meeting     |
 * | broken  | filling, by `reset`                                                                           |
 *
 * It breaks when a party that waits gives up or is lost, when that with the action is, and by `abort`.
 */
export class HostedBarrier {
  static readonly exposed = ['parties', 'nWaiting', 'broken', 'wait', 'pass', 'fail', 'abort', 'reset'];
  readonly #parties: number;
  /** In the order they came. */
  #waiting = new Set<Party>();
  #meeting: Meeting | undefined;
  #isBroken = false;
  #lastMeeting = 0;

  private constructor(parties: number) {
    this.#parties = parties;
  }

  static make([parties]: readonly unknown[]): HostedBarrier {
    return new HostedBarrier(checkedParties(parties));
  }

  parameters([parties]: readonly unknown[]): readonly Parameter[] {
    return [{ name: 'number of parties', asked: checkedParties(parties), found: this.#parties }];
  }

  parties(): number {
    return this.#parties;
  }

  nWaiting(): number {
    return this.#waiting.size + (this.#meeting === undefined ? 0 : this.#parties);
  }

  broken(): boolean {
    return this.#isBroken;
  }

  /** @param hasAction whether the client runs an action if this party is the last */
  wait(call: Call, hasAction: unknown): Promise<number | ActAnswer> {
    if (this.#isBroken) throw brokenBarrier();
    return new Promise((resolve, reject) => {
      const party: Party = { call, hasAction: hasAction === true, resolve, reject };
      this.#waiting.add(party);
      call.onCancel((reason) => {
        if (!this.#waiting.delete(party) && !this.#meeting?.others.includes(party)) return;
        reject(reason);
        this.#break();
      });
      // Its user is told that the barrier is broken: so it is, for all.
      call.undo = () => this.#break();
      this.#meet();
      if (call.now && this.#waiting.has(party)) this.#break();
    });
  }

  /** The action of a meeting has ended: its parties go on. */
  pass({ caller }: Call, number: unknown): void {
    const meeting = this.#meeting;
    if (meeting?.number !== number || meeting?.actor !== caller) throw brokenBarrier();
    this.#endMeeting();
    for (const [index, party] of (meeting as Meeting).others.entries()) party.resolve(index);
    this.#meet();
  }

  /** The action of a meeting has thrown. */
  fail({ caller }: Call, number: unknown): void {
    if (this.#meeting?.number === number && this.#meeting?.actor === caller) this.#break();
  }

  abort(): void {
    this.#break();
  }

  reset(): void {
    this.#break();
    this.#isBroken = false;
  }

  #meet(): void {
    while (this.#meeting === undefined && this.#waiting.size >= this.#parties) {
      const parties = [...this.#waiting].slice(0, this.#parties);
      for (const party of parties) this.#waiting.delete(party);
      if (parties.at(-1)?.hasAction) this.#act(parties);
      else for (const [index, party] of parties.entries()) party.resolve(index);
    }
  }

  #act(parties: readonly Party[]): void {
    const index = parties.length - 1;
    const actor = parties[index];
    const number = ++this.#lastMeeting;
    const { caller } = actor.call;
    const forget = caller.onLost(() => this.#break());
    this.#meeting = { number, actor: caller, forget, others: parties.slice(0, index) };
    actor.resolve([index, number]);
  }

  #endMeeting(): void {
    this.#meeting?.forget();
    this.#meeting = undefined;
  }

  #break(): void {
    this.#isBroken = true;
    const parties = [...(this.#meeting?.others ?? []), ...this.#waiting];
    this.#endMeeting();
    this.#waiting = new Set();
    for (const { reject } of parties) reject(brokenBarrier());
  }
}

function brokenBarrier(): BrokenBarrierError {
  return new BrokenBarrierError(
    'The Barrier is broken: a party left it, ran out of time or died. reset() it',
  );
}

/** @throws TypeError, RangeError */
function checkedParties(parties: unknown): number {
  if (typeof parties !== 'number')
    throw new TypeError(
      `The parties of a barrier must be a number, not ${parties === null ? 'null' : `a ${typeof parties}`}`,
    );
  if (!Number.isInteger(parties) || parties < 1 || parties > MOST_PARTIES)
    throw new RangeError(
      `The parties of a barrier must be a whole number from 1 to ${MOST_PARTIES}, not ${parties}`,
    );
  return parties;
}
