import { type Carrier, NO_PIECES, NO_PINS, type Pins, SerializationError } from '@mp/core/internal';
import { piecesOf, setAside } from './aside.ts';
import { decodeShaped } from './decode.ts';
import { Lowering } from './lower.ts';
import { numbersMark } from './numbers.ts';
import { hasLargeBytes, isPlain, isShared, LARGE_BYTES } from './plain.ts';
import { TOO_LONG } from './read-small.ts';
import { REFUSED_UNDEFINED } from './refusal.ts';
import { packSmall, smallBytes } from './small.ts';
import { RECORD } from './tokens.ts';
import { type Aside, BIN_32, BIN_HEAD_BYTES, isPacking, Mark, pack } from './wire.ts';

/** A message. */
export class Encoded {
  constructor(
    /** The message is at its beginning. Valid until the next {@link encode}: the buffer is used again. */
    readonly buffer: Uint8Array,
    readonly length: number,
    /** What the carrier holds on to; the sender of the message says what became of it. */
    readonly pins: Pins,
    /** What follows behind the buffer's part, in pieces: some are still the value's own memory. */
    readonly more: readonly Uint8Array[] = NO_PIECES,
  ) {}

  /** Whether it has objects without keys, which only the users of its carrier can read. */
  get isShaped(): boolean {
    return this.buffer[0] === RECORD;
  }

  /** The part at the beginning of the buffer. */
  get bytes(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }
}

/** What stands before bytes that stay where they are. */
const head = Buffer.allocUnsafeSlow(BIN_HEAD_BYTES);
head[0] = BIN_32;

/**
 * Makes a message of a value.
 *
 * @param carrier holds on to the segments of handles in it
 * @param root what error messages call the value, like `args`
 * @throws SerializationError `ERR_MP_SERIALIZATION` with the path of what cannot be sent; nothing stays pinned
 */
export function encode(value: unknown, carrier: Carrier, root = 'value'): Encoded {
  return encoded(value, carrier, root, false);
}

function encoded(value: unknown, carrier: Carrier, root: string, inPieces: boolean): Encoded {
  if (value === undefined) throw new SerializationError(`Cannot send: ${root} ${REFUSED_UNDEFINED}`, root);
  try {
    const small = packSmall(value, carrier.shapes);
    if (small > 0) return new Encoded(smallBytes, small, NO_PINS);
    const tree = numbersMark(value) ?? (isPlain(value) ? value : undefined);
    if (tree !== undefined) {
      if (inPieces && (tree instanceof Mark || hasLargeBytes) && !isPacking()) return inPiecesOf(tree);
      const { buffer, length } = pack(tree);
      return new Encoded(buffer, length, NO_PINS);
    }
  } catch {
    // A getter or proxy threw, or answered differently at the second look: the careful way says where.
  }
  const lowering = new Lowering(carrier, root);
  try {
    const { buffer, length } = pack(lowering.lower(value, 0));
    return new Encoded(buffer, length, lowering.pins);
  } catch (error) {
    lowering.pins.drop();
    throw lowering.explain(error);
  }
}

/** The message of something plain, without its large bytes: these follow from where they are. */
function inPiecesOf(tree: unknown): Encoded {
  const asides: Aside[] = [];
  const { buffer, length } = pack(setAside(tree, asides));
  const [first] = asides;
  if (first === undefined) return new Encoded(buffer, length, NO_PINS);
  return new Encoded(buffer, first.at, NO_PINS, piecesOf(buffer, length, asides));
}

/**
 * Makes a message of a value, of which pieces may still lie in the value itself: for a caller that copies them at once.
 *
 * @param least so long, in bytes, a Buffer that is the whole value must be to stay where it is; of others, what is plain, the
 * large bytes stay
 */
export function encodeParts(value: unknown, carrier: Carrier, root = 'value', least = LARGE_BYTES): Encoded {
  // Asked in this order: a proxy is no view, and it may throw at being asked what class it is of.
  if (!ArrayBuffer.isView(value) || !Buffer.isBuffer(value) || value.length < least || isShared(value))
    return encoded(value, carrier, root, true);
  head.writeUInt32BE(value.length, 1);
  return new Encoded(head, head.length, NO_PINS, [value]);
}

/**
 * A message with all its keys, for the users of another carrier, made of one that has objects without.
 *
 * @param most how long it may be, in bytes
 * @returns `undefined` when it is longer
 * @throws SerializationError when the bytes are no such message
 */
export function withKeys(bytes: Uint8Array, carrier: Carrier, most = Infinity): Buffer | undefined {
  const value = decodeShaped(bytes, carrier, most);
  if (value === TOO_LONG) return undefined;
  const whole = encode(value, { ...carrier, shapes: undefined });
  return whole.length > most ? undefined : Buffer.from(whole.bytes);
}
