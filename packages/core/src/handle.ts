import { existsSync, linkSync, unlinkSync } from 'node:fs';
import * as native from '@mp/native';
import { pathOf } from './directory.ts';
import { MpError } from './errors.ts';
import type { Segment } from './segment.ts';
import type { Shapes } from './shapes.ts';
import { systemCall } from './system-call.ts';
import { singleton } from './thread-state.ts';

/** The method by which a primitive says how another thread or process finds it. */
export const HANDLE: unique symbol = Symbol.for('@mp/core/handle') as never;

/** The property by which an object says why it cannot travel. */
export const REFUSE: unique symbol = Symbol.for('@mp/core/refuse') as never;

/** A primitive as it travels. */
export interface HandleRecord {
  /** Name under which its decoder is registered. */
  kind: string;
  /** What the decoder needs: plain data. */
  data: unknown;
  /** File of the segment that must not go before the receiver has it. */
  segment?: string;
  /** For what is moved instead of shared. */
  move?: Move;
}

/** Follows an object, of which at any moment one thread has the use, on its way out of this one. */
export interface Move {
  /** It is held by `pin` and about to be sent: it cannot be used here any more. */
  begin(pin: string): void;
  /** Its message is on its way. */
  sent(): void;
  /** Its message will not be sent: it can be used here again. */
  undo(): void;
}

/** An object that can travel. */
export interface Portable {
  [HANDLE](): HandleRecord;
}

/** What carries messages and can hold on to the segments that are mentioned in them. */
export interface Carrier {
  /** False for a network connection: shared memory ends at the machine. */
  readonly local: boolean;
  /** Why no segment can be mentioned in what it carries, if that is so; continues a sentence about the object. */
  readonly refusal?: string;
  /** Shapes of objects that all its users know: such objects travel without their keys. */
  readonly shapes?: Shapes | undefined;
  /** Holds on to a segment file until {@link Carrier.unpin}, whatever its present users do. @returns the pin */
  pin(file: string): string;
  /** Lets go. Called by the receiver after it has attached, or by the sender when nothing was sent. */
  unpin(pin: string): void;
}

/** The carrier of whatever travels in `segment` or its satellites: pins are hard links that go with it. */
export function segmentCarrier(segment: Segment): Carrier {
  return {
    local: true,
    pin(file) {
      const pin = `${segment.file}+${segment.nextSatellite()}`;
      try {
        systemCall(`pass on ${file}`, () => linkSync(pathOf(file), pathOf(pin)));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        throw new MpError('ERR_MP_STALE', `Cannot pass on ${file}: its file was removed`, { cause: error });
      }
      return pin;
    },
    unpin(pin) {
      try {
        unlinkSync(pathOf(pin));
      } catch {
        // The carrier went first and took its pins along.
      }
    },
  };
}

/** A pin whose message will not be read: lets go, and removes what it pinned if that was its last use. */
export function dropPin(carrier: Carrier, pin: string, file: string): void {
  carrier.unpin(pin);
  native.remove(pathOf(file));
}

/** Whether a pin still holds: it goes when its message is received or dropped, and with its carrier. */
export function isHeld(pin: string): boolean {
  const carrier = pin.slice(0, pin.lastIndexOf('+'));
  // All users of the carrier may have been killed; until a sweep comes it would look as if one could still receive.
  if (carrier.startsWith('s-')) native.remove(pathOf(carrier));
  return existsSync(pathOf(pin));
}

/** How a kind of handle becomes an object again. */
export interface HandleDecoder {
  /** The package that registers it, for the error that says what to install. */
  package: string;
  /** True when it names nothing of this machine, so that it may come from another one. */
  network?: boolean;
  decode(data: unknown): unknown;
  /** Lets go of what a handle stands for that will not be opened. Absent: its pin is all that it holds. */
  drop?(data: unknown): void;
}

/** The decoders of this thread, by kind. */
export function handleDecoders(): Map<string, HandleDecoder> {
  return singleton('handle-decoders', () => new Map());
}

/** Makes a kind of handle known to this thread. A package calls it when it is imported. */
export function registerHandle(kind: string, decoder: HandleDecoder): void {
  handleDecoders().set(kind, decoder);
}
