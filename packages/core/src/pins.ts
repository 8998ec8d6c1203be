import { type Carrier, dropPin, type Move } from './handle.ts';

interface Held {
  readonly pin: string;
  readonly file: string;
  readonly move: Move | undefined;
}

/**
 * What a carrier holds on to for one message that is not sent yet: a pin for each handle of a segment in it. The sender of
 * the message says what became of it, by {@link Pins.sent} or {@link Pins.drop}.
 */
export class Pins {
  readonly #carrier: Carrier;
  #held: Held[] = [];

  constructor(carrier: Carrier) {
    this.#carrier = carrier;
  }

  get count(): number {
    return this.#held.length;
  }

  /** Holds on to a segment file. @returns the pin */
  add(file: string, move: Move | undefined): string {
    const pin = this.#carrier.pin(file);
    this.#held.push({ pin, file, move });
    move?.begin(pin);
    return pin;
  }

  /** The message is on its way: the receiver lets go of the pins. Safe to call again. */
  sent(): void {
    for (const { move } of this.#held) move?.sent();
    this.#held = [];
  }

  /** The message will not be sent: lets go of all pins but the first `kept`. */
  drop(kept = 0): void {
    for (const { pin, file, move } of this.#held.splice(kept)) {
      // First: a watcher of a moved object takes it for lost when its pin is gone.
      move?.undo();
      dropPin(this.#carrier, pin, file);
    }
  }
}

/** Of every message without handles. */
export const NO_PINS = new Pins({
  local: false,
  pin(file) {
    throw new Error(`Cannot hold on to ${file}: these are the pins of a message without handles`);
  },
  unpin() {},
});
