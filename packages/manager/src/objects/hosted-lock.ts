import type { Call } from '../call.ts';
import { type Acquisition, HostedOwnedLock } from './hosted-owned-lock.ts';

/**
 * A lock of a server. What a client that acquires it is told is the number of its acquisition, negative when the holder
 * before was lost: a plain number is the cheapest answer there is.
 */
export class HostedLock extends HostedOwnedLock {
  static readonly exposed = ['acquire', 'tryAcquire', 'end', 'release', 'locked', 'holder'];
  readonly title = 'Lock';

  static make(): HostedLock {
    return new HostedLock();
  }

  acquire(call: Call): number | Promise<number> {
    return this.isFree ? answerOf(this.take(call)) : this.wait(call).then(answerOf);
  }

  tryAcquire(call: Call): number | null {
    return this.isFree ? answerOf(this.take(call)) : null;
  }

  /** Any client may, as in Python. @returns the acquisition that has ended, if it was renewed */
  release(): number | undefined {
    const { present } = this;
    if (present === undefined) throw this.notOwner('release', 'it was released already');
    this.free();
    return present.renewedOrigin;
  }

  override held(call: Call): Acquisition {
    if (this.present === undefined || !this.isHeldBy(call.caller))
      throw this.notOwner('wait with', 'acquire it first');
    return this.present;
  }
}

function answerOf({ origin, recovered }: Acquisition): number {
  return recovered ? -origin : origin;
}
