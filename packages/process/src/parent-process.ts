import type { WaitOptions } from '@mp/core';
import {
  isProcessAlive,
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
  /** By its lock one sees whether the parent process lives; `undefined` where the parent is this process. */
  lock: string | undefined;
  readonly waits: Set<() => void>;
}

function state(): Watch {
  return singleton('parent-watch', () => ({ lock: undefined, waits: new Set() }));
}

/**
 * Ends this process with its parent: at once, or, when somebody waits for that, when the grace of a second is over.
 *
 * @param lock the lock of the parent process
 */
export function watch(lock: string): void {
  const { waits } = state();
  state().lock = lock;
  watchParent(lock, () => {
    if (waits.size === 0) process.exit(1);
    for (const wait of waits) wait();
  });
}

/** The process that started this one, or, in a thread, the thread or process that started it. */
export class ParentProcess implements Waitable {
  readonly name: string;
  readonly pid: number;

  /** @internal */
  constructor(name: string, pid: number) {
    this.name = name;
    this.pid = pid;
  }

  /** Whether that process lives. */
  get isAlive(): boolean {
    const { lock } = state();
    return lock === undefined || isProcessAlive(lock);
  }

  /**
   * Waits until that process has ended, in whatever way. A child ends soon after its parent: who waits here has a second
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
