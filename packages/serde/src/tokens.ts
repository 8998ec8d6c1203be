/* First bytes of values, as msgpack has them. */
export const MAP = 0x80;
export const ARRAY = 0x90;
export const TEXT = 0xa0;
export const NULL = 0xc0;
export const FALSE = 0xc2;
export const TRUE = 0xc3;
export const FLOAT_64 = 0xcb;
export const UINT_8 = 0xcc;
export const UINT_16 = 0xcd;
export const UINT_32 = 0xce;
export const INT_8 = 0xd0;
export const INT_16 = 0xd1;
export const INT_32 = 0xd2;
/** Of an extension of one byte: its type and the byte follow. Both are 0 for `undefined`. */
export const EXTENSION_1 = 0xd4;
export const EXTENSION_32 = 0xc9;
export const TEXT_8 = 0xd9;
export const TEXT_16 = 0xda;
export const ARRAY_16 = 0xdc;
export const MAP_16 = 0xde;
export const NEGATIVE = 0xe0;
/** Items of a list, or keys of an object, whose head is one byte. */
export const SHORT_LIST = 15;

/**
 * The byte that begins no value of msgpack. Here it begins an object of a shape that the carrier knows: the number of the
 * shape follows, and the values. It is also the first byte of every message with such an object.
 */
export const RECORD = 0xc1;
/** Instead of the number of a shape, at the beginning of a message: the outermost value is of another kind, and follows. */
export const NO_RECORD = 0xff;
