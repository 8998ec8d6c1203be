import { type Acquired, Guard } from './guard.ts';

/** One acquisition of an RLock, from its first level to the release of its last. */
export class Hold {
  /** With which it began. */
  readonly token: number;
  /** Whether the thread as a whole owns it: it was acquired by `acquireSync()`. */
  readonly isOfThread: boolean;
  readonly #lock: Acquired;
  readonly #levels: Level[] = [];

  constructor(lock: Acquired, token: number, isOfThread: boolean) {
    this.#lock = lock;
    this.token = token;
    this.isOfThread = isOfThread;
  }

  get depth(): number {
    return this.#levels.length;
  }

  /** One more level. @param recovered what its guard says */
  enter(recovered: boolean): Level {
    const level = new Level(this, this.#lock, recovered);
    this.#levels.push(level);
    return level;
  }

  has(level: Level): boolean {
    return this.#levels.includes(level);
  }

  /** Ends a level, in any order; the last one frees the lock. */
  end(level = this.#levels.at(-1)): void {
    const index = level === undefined ? -1 : this.#levels.lastIndexOf(level);
    if (index < 0) return;
    this.#levels.splice(index, 1);
    if (this.#levels.length === 0) this.#lock.releaseToken(this.token);
  }
}

/** The guard of one level. */
export class Level extends Guard {
  /** @internal */
  readonly hold: Hold;

  constructor(hold: Hold, lock: Acquired, recovered: boolean) {
    super(lock, hold.token, recovered);
    this.hold = hold;
  }

  override release(): void {
    this.hold.end(this);
  }
}
