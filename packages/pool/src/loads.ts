import {
  type Carrier,
  HEADER_BYTES,
  LARGEST_INLINE,
  messageCopy,
  messageLength,
  NO_PINS,
  Segment,
  segmentCarrier,
} from '@mp/core/internal';
import { dropMessage, encodeParts } from '@mp/serde/internal';
import type { Context } from './context.ts';
import type { Load } from './job.ts';
import { ToldShapes } from './told-shapes.ts';

/**
 * Makes what jobs carry; the handles in it stay pinned until the job has been received. The pins live in a segment that is
 * made at the first handle: most pools never send one.
 */
export class Loads {
  /** Shapes of objects in all jobs of the pool. */
  readonly shapes = new ToldShapes();
  readonly #carrier: Carrier = {
    local: true,
    shapes: this.shapes.shapes,
    pin: (file) => this.#open().pin(file),
    unpin: (pin) => this.#open().unpin(pin),
  };
  #segment: Segment | undefined;
  #made: Carrier | undefined;

  /**
   * @param mayBeLoose whether it is sent, or {@link Loads.keep} is called, before the caller can change anything; and whether
   * it is sent once only
   */
  encode(values: readonly unknown[], root: string, context: Context | undefined, mayBeLoose: boolean): Load {
    if (context === undefined) return this.#encode(values, root, mayBeLoose);
    const encoded = this.#encode(context, 'context', false);
    try {
      return { ...this.#encode(values, root, mayBeLoose), context: encoded };
    } catch (error) {
      encoded.pins.drop();
      throw error;
    }
  }

  /** What has to wait gets memory of its own. */
  keep(load: Load): Load {
    const { bytes, loose } = load;
    return loose === undefined ? load : { ...load, bytes: messageCopy(bytes, loose), loose: undefined };
  }

  /** It is not needed any more; it may have been sent to a worker that did not get to it. */
  drop({ bytes, pins, context }: Load): void {
    pins.drop();
    dropMessage(bytes, this.#carrier);
    if (context !== undefined) this.drop(context);
  }

  /** Drops all that are left. */
  close(): void {
    this.#segment?.close();
  }

  #encode(value: unknown, root: string, mayBeLoose: boolean): Load {
    const { buffer, length, more, pins } = encodeParts(value, this.#carrier, root);
    if (more.length === 0) return { bytes: copyOf(buffer, length), pins };
    // What fits into a ring is not there any more when the job has to be sent again.
    if (!mayBeLoose || pins !== NO_PINS || messageLength(length, more) <= LARGEST_INLINE)
      return { bytes: messageCopy(buffer.subarray(0, length), more), pins };
    // The encoder uses its own memory again for the next message.
    const loose = more.map((piece) => (piece.buffer === buffer.buffer ? new Uint8Array(piece) : piece));
    return { bytes: copyOf(buffer, length), loose, pins };
  }

  #open(): Carrier {
    this.#segment ??= Segment.create({ kind: 'jobs', version: 1, size: HEADER_BYTES });
    this.#made ??= segmentCarrier(this.#segment);
    return this.#made;
  }
}

/** Fewer bytes are copied sooner by a loop than by a native call. */
const LOOP_MOST = 64;

function copyOf(buffer: Uint8Array, length: number): Uint8Array {
  if (length > LOOP_MOST) return new Uint8Array(buffer.subarray(0, length));
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) bytes[at] = buffer[at];
  return bytes;
}
