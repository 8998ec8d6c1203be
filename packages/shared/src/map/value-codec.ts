import { type Carrier, type Segment, SerializationError, Shapes, ShapeTable } from '@mp/core/internal';
import { decode, type Encoded, encodeParts } from '@mp/serde/internal';
import { SHAPES, SHAPES_BYTES } from './layout.ts';

/** A value stays when its maker has gone, so it must not refer to what goes with its users. */
const REFUSAL =
  'cannot be a value of a SharedMap: it would go with its last user while its entry stays. Store its name, or pass it in a message';

/** From this size on, the bytes of a Buffer are copied into their cell, and not into a message before. */
const TAIL_LEAST = 128;

/** How the values of one map become bytes, and values again. */
export class ValueCodec {
  readonly #carrier: Carrier;

  constructor(map: Segment) {
    this.#carrier = {
      local: true,
      refusal: REFUSAL,
      shapes: new Shapes(new ShapeTable(map, SHAPES, SHAPES_BYTES)),
      pin(file) {
        throw new SerializationError(`Cannot store ${file}: it ${REFUSAL}`);
      },
      unpin() {},
    };
  }

  /**
   * Makes the bytes of a value. They are valid until the next value, or message, is encoded.
   *
   * @param path what messages call it
   * @throws SerializationError `ERR_MP_SERIALIZATION` with the path of what cannot be stored
   */
  encode(value: unknown, path = 'value'): Encoded {
    return encodeParts(value, this.#carrier, path, TAIL_LEAST);
  }

  /** The value that has these bytes. @param own whether nobody else uses them */
  decode(bytes: Buffer, length = bytes.length, own = true): unknown {
    return decode(bytes, this.#carrier, length, own);
  }
}
