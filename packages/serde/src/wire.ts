import { addExtension, Packr, RESET_BUFFER_MODE, REUSE_BUFFER_MODE } from 'msgpackr/pack';
import { clearSource, Unpackr } from 'msgpackr/unpack';

/*
 * A message is one msgpack value. Where msgpack has no word for something, a mark stands: extension type `m`
 * (d4 6d 00) followed by an array of a tag and its parts. `docs/decisions/003-message-format.md` has the table.
 *
 * This package's build holds a copy of msgpackr of its own, because msgpackr keeps its extensions once per copy: in
 * a shared one, extensions of the user's would change our messages, and ours the user's.
 */

/** Type of the msgpack extension that says "a mark follows". */
export const MARK_TYPE = 0x6d;

/** The msgpack token before four bytes of length and as many bytes. */
export const BIN_32 = 0xc6;
export const BIN_HEAD_BYTES = 5;

/** What a mark stands for. The numbers are part of the format: they are never reused. */
export const TAG = {
  /** `[tag, n]`: the n-th object of the message, counted from 0 in the order in which they begin. */
  reference: 0,
  /** `[tag, utf16]`: a string that UTF-8 cannot carry. */
  text: 1,
  /** `[tag]`: -0. */
  minusZero: 2,
  /** `[tag, withoutPrototype, key, value, …]`: an object whose keys or prototype msgpack cannot carry. */
  object: 3,
  /** `[tag, length, index, value, …]`: an array with holes. */
  sparse: 4,
  /** `[tag, key, value, …]` */
  map: 5,
  /** `[tag, item, …]` */
  set: 6,
  /** `[tag, source, flags]` */
  regexp: 7,
  /** `[tag, href]` */
  url: 8,
  /** `[tag, class, message, stack, cause, errors, origin, name, key, value, …]` */
  error: 9,
  /** `[tag, name, key, value, …]`: an instance of a registered class, by its fields. */
  fields: 10,
  /** `[tag, name, data]`: an instance of a registered class, by its own `toData`. */
  data: 11,
  /** `[tag, kind, data, pin, file]`: a primitive; pin and file are null when it needs no segment. */
  handle: 12,
  /** `[tag, type, bytes]`: a typed array that msgpackr does not know. */
  array: 13,
  /** `[tag, type, bytes]`: an array of many numbers, which are all of the type Int32 or Float64. */
  numbers: 14,
} as const;

/** Stands in a message for what msgpack has no word for. */
export class Mark {
  readonly parts: readonly unknown[];

  constructor(parts: readonly unknown[]) {
    this.parts = parts;
  }
}

/** Marks of handles met by the present {@link unpack}: they have pins to let go of, whatever comes of the message. */
let handles: Mark[] = [];

addExtension({
  Class: Mark,
  type: MARK_TYPE,
  write: (mark: Mark) => mark.parts,
  read: (parts: readonly unknown[]) => {
    const mark = new Mark(parts);
    if (parts[0] === TAG.handle) handles.push(mark);
    return mark;
  },
});

/** Stands for bytes that are not written into the message, but follow `head` from where they are. */
export class Aside {
  /** Behind its head in the message. */
  at = 0;
  /** How many bytes there were when the head was made. */
  readonly size: number;

  /** @param head the token of the bytes, with their length */
  constructor(
    readonly head: Uint8Array,
    readonly bytes: Uint8Array,
  ) {
    this.size = bytes.length;
  }
}

/** No message has this extension: {@link scan} knows no such type. */
const ASIDE_TYPE = 0x61;

addExtension({
  Class: Aside,
  type: ASIDE_TYPE,
  pack(aside: Aside, allocate: (bytes: number) => { target: Uint8Array; position: number }) {
    const { target, position } = allocate(aside.head.length);
    target.set(aside.head, position);
    aside.at = position + aside.head.length;
  },
} as never);

const OPTIONS = {
  // Records would need a definition of each shape in each message, and code made from received keys.
  useRecords: false,
  variableMapSize: true,
  moreTypes: true,
  useToJSON: false,
  copyBuffers: true,
  writeFunction: () => {
    throw new TypeError('a function turned up while the message was being written');
  },
};

const packr = new Packr(OPTIONS);
const unpackr = new Unpackr(OPTIONS);
/** For a message whose bytes belong to the value alone: buffers in the value may be parts of it. */
const viewer = new Unpackr({ ...OPTIONS, copyBuffers: false });

/** A buffer that a large message left behind is kept up to this size: making one costs more than filling it. */
const KEPT_BYTES = 8 << 20;
const FIRST_BYTES = 8192;
let depth = 0;
let oversized = false;

/** The encoder's buffer, and how much of it the message takes. */
export interface Packed {
  buffer: Uint8Array;
  length: number;
}

/** Whether a message is being made: one that is made now lies anywhere in the buffer, and no {@link Aside} has its place. */
export function isPacking(): boolean {
  return depth > 0;
}

/** Writes what is plain to msgpackr, and marks. The bytes are valid until the next call. */
export function pack(tree: unknown): Packed {
  if (oversized && depth === 0) {
    oversized = false;
    packr.useBuffer(Buffer.allocUnsafeSlow(FIRST_BYTES));
  }
  depth++;
  try {
    // A message within a message (a getter sends something) begins behind what the outer one has so far.
    if (depth > 1) {
      const buffer = packr.pack(tree, RESET_BUFFER_MODE);
      return { buffer, length: buffer.length };
    }
    // A view of the buffer would cost as much as packing a small message.
    const buffer = packr.pack(tree, REUSE_BUFFER_MODE | RESET_BUFFER_MODE) as Buffer & { end: number };
    if (buffer.length > KEPT_BYTES) oversized = true;
    return { buffer, length: buffer.end };
  } finally {
    depth--;
  }
}

/** Reads what {@link scan} has found well-formed, from the first byte to `end`; `own`: see `decode`. */
export function unpack(
  bytes: Buffer,
  end: number,
  own: boolean,
): { tree: unknown; handles: readonly Mark[] } {
  try {
    const tree: unknown = (own ? viewer : unpackr).unpack(bytes, { end });
    return { tree, handles };
  } catch (error) {
    clearSource();
    throw error;
  } finally {
    if (handles.length > 0) handles = [];
  }
}
