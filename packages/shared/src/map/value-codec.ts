import { type Carrier, SerializationError } from '@mp/core/internal';
import { decode, type Encoded, encodeParts } from '@mp/serde/internal';

/** A value stays when its maker has gone, so it must not refer to what goes with its users. */
const REFUSAL =
  'cannot be a value of a SharedMap: it would go with its last user while its entry stays. Store its name, or pass it in a message';

const carrier: Carrier = {
  local: true,
  refusal: REFUSAL,
  pin(file) {
    throw new SerializationError(`Cannot store ${file}: it ${REFUSAL}`);
  },
  unpin() {},
};

/** From this size on, the bytes of a Buffer are copied into their cell, and not into a message before. */
const TAIL_LEAST = 128;

/**
 * Makes the bytes of a value. They are valid until the next value, or message, is encoded.
 *
 * @param path what messages call it
 * @throws SerializationError `ERR_MP_SERIALIZATION` with the path of what cannot be stored
 */
export function encodeValue(value: unknown, path = 'value'): Encoded {
  return encodeParts(value, carrier, path, TAIL_LEAST);
}

/** The value that has these bytes. @param own whether nobody else uses them */
export function decodeValue(bytes: Buffer, length: number, own: boolean): unknown {
  return decode(bytes, carrier, length, own);
}
