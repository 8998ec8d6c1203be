import type { WaitOptions } from '@mp/core';
import {
  isHolderAlive,
  type Readiness,
  singleton,
  WAITABLE,
  type Waitable,
  waitAny,
  watchParent,
} from '@mp/core/internal';

/** How often a wait for the end of the parent looks by itself, in milliseconds. */
const LOOK_MS = 1_000;

interface Watch {
  /** The lock that shows whether the parent lives; `undefined` where the parent is this process. */
  lock: string | undefined;
  readonly waits: Set<() => void>;
}

function state(): Watch {
  return singleton('parent-watch', () => ({ lock: undefined, waits: new Set() }));
}

/**
 * Ends this process with its parent: at once, or, if `join()` waits for that end, when the grace of a second is over.
 *
 * @param lock the `lifeLock()` of the thread that started it
 */
export function watch(lock: string): void {
  const { waits } = state();
  state().lock = lock;
  watchParent(lock, () => {
    if (waits.size === 0) process.exit(1);
    for (const wait of waits) wait();
  });
}

/** The process or thread that started this one. */
export class ParentProcess implements Waitable {
  readonly name: string;
  readonly pid: number;

  /** @internal */
  constructor(name: string, pid: number) {
    this.name = name;
    this.pid = pid;
  }

  /** Whether it lives; for a thread, whether this process does. */
  get isAlive(): boolean {
    const { lock } = state();
    return lock === undefined || isHolderAlive(lock);
  }

  /**
   * Waits until it has ended, in whatever way. A child ends soon after its parent: one that waits here has a second
   * to put things in order; without such a wait it ends at once, with exit code 1. Python's children live on.
   *
   * @param options `timeout` in ms, `signal`
   * @returns `false` when it still lives after `timeout` ms
   */
  async join(options?: WaitOptions): Promise<boolean> {
    return (await waitAny([this], options)).length > 0;
  }

  /** @internal Ready when it has ended. */
  [WAITABLE](): Readiness {
    return {
      isReady: () => !this.isAlive,
      whenReady: (run) => {
        const { waits } = state();
        waits.add(run);
        // It also keeps the event loop alive, which the watch does not.
        const look = setInterval(() => {
          if (!this.isAlive) run();
        }, LOOK_MS);
        return () => {
          clearInterval(look);
          waits.delete(run);
        };
      },
    };
  }
}
