import { NotOwnerError } from '@mp/core';
import type { Call } from '../call.ts';
import { type Acquisition, HostedOwnedLock } from './hosted-owned-lock.ts';
import { nextToken } from './tokens.ts';

/** What a client is told that entered an RLock: with which its acquisition began, the level, whether it was recovered. */
export type LevelAnswer = readonly [origin: number, level: number, recovered: boolean];

/**
 * A lock of a server that its owner can acquire again. The owner is an async task of a client, which the server does not
 * see: the client says, with each call, in the scopes of which acquisitions the task is, or which level it has.
 */
export class HostedRLock extends HostedOwnedLock {
  static readonly exposed = ['acquire', 'tryAcquire', 'end', 'release', 'locked', 'holder'];
  readonly title = 'RLock';

  static make(): HostedRLock {
    return new HostedRLock();
  }

  /** @param which a level or null, then the acquisitions in the scopes of which the task is */
  acquire(call: Call, ...which: readonly unknown[]): LevelAnswer | Promise<LevelAnswer> {
    return this.#enter(call, which) ?? this.wait(call).then(firstLevel);
  }

  tryAcquire(call: Call, ...which: readonly unknown[]): LevelAnswer | null {
    return this.#enter(call, which) ?? null;
  }

  /** Ends the level that was entered last. @returns the acquisition, if it has ended and was renewed */
  release(call: Call): number | undefined {
    if (this.present === undefined || !this.isHeldBy(call.caller))
      throw this.notOwner('release', 'only its owner can release an RLock');
    return this.end(call, this.present.levels.at(-1));
  }

  override held(call: Call, which: readonly unknown[]): Acquisition {
    const own = this.#own(call, which);
    if (own !== undefined) return own;
    throw this.notOwner(
      'wait with',
      this.isHeldBy(call.caller)
        ? 'this task is not known as its owner: wait inside with(), or tell { within: guard }'
        : 'acquire it first',
    );
  }

  /** Without a wait; `undefined` when it would have to. */
  #enter(call: Call, which: readonly unknown[]): LevelAnswer | undefined {
    const own = this.#own(call, which);
    if (own === undefined) return this.isFree ? firstLevel(this.take(call)) : undefined;
    const level = nextToken();
    own.levels.push(level);
    call.undo = () => this.endLevel(level);
    return [own.origin, level, false];
  }

  /** The present acquisition, if the caller owns it. @throws NotOwnerError when a level that it names has ended */
  #own(call: Call, [within, ...scopes]: readonly unknown[]): Acquisition | undefined {
    const present = this.isHeldBy(call.caller) ? this.present : undefined;
    if (within === null || within === undefined)
      return present !== undefined && scopes.includes(present.origin) ? present : undefined;
    if (present?.levels.includes(within as number)) return present;
    throw new NotOwnerError(
      `Cannot enter the ${this.title} again: the guard given as within was released, or is of another lock`,
    );
  }
}

function firstLevel({ origin, recovered }: Acquisition): LevelAnswer {
  return [origin, origin, recovered];
}
