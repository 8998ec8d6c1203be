/** Any time will do. */
const LONG_MS = 1 << 30;

/** What keeps the event loop alive itself, if it is told to. */
interface Holding {
  keepsAlive: boolean;
}

/** Keeps the event loop alive while a client has calls: by its connection, and by a timer as long as it has none. */
export class LoopHold {
  readonly #isBusy: () => boolean;
  #holding: Holding | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isOn = false;
  #isOffDue = false;

  /** @param isBusy whether there are calls */
  constructor(isBusy: () => boolean) {
    this.#isBusy = isBusy;
  }

  /** The client has a connection. */
  moveTo(holding: Holding): void {
    this.#set(false);
    this.#holding = holding;
    this.#isOn = holding.keepsAlive;
    this.#set(this.#isBusy());
  }

  /** There is a call. */
  on(): void {
    if (!this.#isOn) this.#set(true);
  }

  /** There may be none any more. One that answers the last is made in this turn, often: then nothing changes. */
  offSoon(): void {
    if (this.#isOffDue || !this.#isOn) return;
    this.#isOffDue = true;
    process.nextTick(this.#off);
  }

  /** The client is closed. */
  end(): void {
    if (this.#holding === undefined) this.#set(false);
    this.#isOn = false;
  }

  readonly #off = (): void => {
    this.#isOffDue = false;
    if (this.#isOn && !this.#isBusy()) this.#set(false);
  };

  #set(on: boolean): void {
    if (on === this.#isOn) return;
    this.#isOn = on;
    if (this.#holding !== undefined) this.#holding.keepsAlive = on;
    else if (on) this.#timer = setInterval(() => {}, LONG_MS);
    else clearInterval(this.#timer);
  }
}
