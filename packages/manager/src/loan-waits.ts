import type { Call, Caller } from './call.ts';

/**
 * How long the receiver of a reference may be ahead of its sender: a receiver that is connected asks for the object at
 * once, while the LEND of the sender may lie behind much else.
 */
const LEND_WAIT_MS = 5_000;
/** Calls of one client that wait so at once, at most. */
const WAITS_MOST = 10_000;

/** Calls that ask for an object by a token that has not been lent yet. */
export class LoanWaits {
  readonly #byToken = new Map<string, Set<() => void>>();
  readonly #counts = new Map<Caller, number>();

  /**
   * Waits until a token is lent, or the time for that is over.
   *
   * @returns `undefined` when the call must not wait, or too many calls of its client do
   */
  wait(call: Call, token: string): Promise<void> | undefined {
    const { caller } = call;
    const count = this.#counts.get(caller) ?? 0;
    if (call.now || count >= WAITS_MOST) return undefined;
    this.#counts.set(caller, count + 1);
    return new Promise((resolve, reject) => {
      const leave = () => {
        clearTimeout(timer);
        if (!this.#remove(token, arrived)) return;
        const left = (this.#counts.get(caller) as number) - 1;
        if (left > 0) this.#counts.set(caller, left);
        else this.#counts.delete(caller);
      };
      const arrived = () => {
        leave();
        resolve();
      };
      const timer = setTimeout(arrived, LEND_WAIT_MS).unref();
      const waiting = this.#byToken.get(token);
      if (waiting === undefined) this.#byToken.set(token, new Set([arrived]));
      else waiting.add(arrived);
      call.onCancel((reason) => {
        leave();
        reject(reason);
      });
    });
  }

  /** A token was lent. */
  arrived(token: string): void {
    for (const arrived of this.#byToken.get(token) ?? []) arrived();
  }

  /** @returns whether it still waited */
  #remove(token: string, arrived: () => void): boolean {
    const waiting = this.#byToken.get(token);
    if (waiting === undefined || !waiting.delete(arrived)) return false;
    if (waiting.size === 0) this.#byToken.delete(token);
    return true;
  }
}
