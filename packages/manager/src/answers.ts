import type { Connection } from '@mp/pipe/internal';
import type { Call } from './call.ts';

/** Something that was answered, and can be taken back until the client has read the answer. */
interface Revocable {
  /** The message in which the answer was. */
  readonly message: number;
  readonly call: Call;
}

/** Answers are sent when so many bytes of them are there, even if more are about to come. */
const FULL_BYTES = 1 << 20;

/** The answers to one client, on their way. */
export class Answers {
  readonly #connection: Connection<unknown>;
  readonly #mostUnread: number;
  readonly #onRoom: () => void;
  readonly #giveUp: () => void;
  readonly #revocable = new Map<number, Revocable>();
  #waiting: unknown[] = [];
  #bytes = 0;
  #sentMessages = 0;
  #blocked: Promise<void> | undefined;
  #isFlushDue = false;
  #ended = false;

  /**
   * @param onRoom called when the client has read something
   * @param giveUp called when the client is gone
   */
  constructor(connection: Connection<unknown>, mostUnread: number, onRoom: () => void, giveUp: () => void) {
    this.#onRoom = onRoom;
    this.#connection = connection;
    this.#mostUnread = mostUnread;
    this.#giveUp = giveUp;
  }

  /** How many can be taken back: the client has not said that it has read them. */
  get unread(): number {
    return this.#revocable.size;
  }

  get isWaiting(): boolean {
    return this.#waiting.length > 0 || this.#blocked !== undefined;
  }

  /** Whether the client has to read something before more is made for it. */
  get isFull(): boolean {
    return this.#bytes >= this.#mostUnread && this.#blocked !== undefined;
  }

  /** While the client does not read what it is sent: until it does. */
  get blocked(): Promise<void> | undefined {
    return this.#blocked;
  }

  /**
   * @param bytes about how long `value` is
   * @param call what was done can be taken back while the client has not read this answer
   */
  add(id: number, what: number, value: unknown, bytes: number, call?: Call): void {
    if (this.#ended) {
      call?.takeBackIfLost();
      return;
    }
    if (call?.undo !== undefined) this.#revocable.set(id, { message: this.#sentMessages + 1, call });
    this.#waiting.push(id, what, value);
    this.#bytes += bytes;
    if (this.#bytes >= FULL_BYTES) this.flush();
  }

  /** Sends them when all that runs now has run. */
  flushSoon(): void {
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    process.nextTick(() => {
      this.#isFlushDue = false;
      this.flush();
    });
  }

  flush(): void {
    if (this.#waiting.length === 0 || this.#blocked !== undefined || this.#ended) return;
    const answers = this.#waiting;
    this.#waiting = [];
    this.#bytes = 0;
    this.#sentMessages++;
    try {
      if (this.#connection.trySend(answers)) return;
    } catch {
      this.#giveUp();
      return;
    }
    this.#blocked = this.#connection.send(answers).then(
      () => {
        this.#blocked = undefined;
        this.flush();
        this.#onRoom();
      },
      () => {
        this.#blocked = undefined;
        this.#giveUp();
      },
    );
  }

  /** The client gave up before it read this answer. */
  takeBack(id: number): void {
    const found = this.#revocable.get(id);
    this.#revocable.delete(id);
    found?.call.takeBack();
  }

  /** The client has read the first `count` messages. */
  acknowledge(count: number): void {
    if (this.#revocable.size === 0) return;
    for (const [id, { message, call }] of this.#revocable) {
      if (message > count) return;
      this.#revocable.delete(id);
      call.onRead?.();
    }
  }

  /** The client is gone. */
  end(): void {
    this.#ended = true;
    this.#waiting = [];
    const unread = [...this.#revocable.values()];
    this.#revocable.clear();
    for (const { call } of unread) call.takeBackIfLost();
  }
}
