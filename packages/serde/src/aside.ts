import { LARGE_BYTES } from './plain.ts';
import { VIEW_TYPE } from './scan.ts';
import { EXTENSION_32 } from './tokens.ts';
import { Aside, BIN_32, BIN_HEAD_BYTES, Mark } from './wire.ts';

/*
 * Large bytes in a message: a Buffer or a typed array of 64 KiB or more is copied once on its way out, from where it is to
 * where the message goes. The message is made without them, with a gap at each place.
 */

/** Before the bytes of a typed array: token, length, type of the extension, class. */
const VIEW_HEAD_BYTES = 7;

/** The classes of typed arrays, at the numbers that msgpackr has for them. */
const VIEWS: readonly object[] = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
].map(({ prototype }) => prototype);

/**
 * A plain tree with an {@link Aside} at the place of each large Buffer and typed array.
 *
 * @param into gets these, in the order in which they are written
 */
export function setAside(tree: unknown, into: Aside[]): unknown {
  if (typeof tree !== 'object' || tree === null) return tree;
  if (tree instanceof Mark) return new Mark(tree.parts.map((part) => setAside(part, into)));
  if (Array.isArray(tree)) return tree.map((item) => setAside(item, into));
  if (ArrayBuffer.isView(tree)) return viewAside(tree, into);
  if (Object.getPrototypeOf(tree) !== Object.prototype) return tree;
  const copy: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(tree)) copy[key] = setAside(field, into);
  return copy;
}

/**
 * What follows the first part of a message, up to its first large bytes: these, and what was written behind each.
 *
 * @throws TypeError when the memory of some has gone since: code of the user ran while the message was made
 */
export function piecesOf(buffer: Uint8Array, length: number, asides: readonly Aside[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  asides.forEach(({ at, bytes, size }, index) => {
    if (bytes.length !== size) throw new TypeError('bytes were cut while the message was being written');
    pieces.push(bytes);
    const end = asides[index + 1]?.at ?? length;
    if (end > at) pieces.push(buffer.subarray(at, end));
  });
  return pieces;
}

function viewAside(view: ArrayBufferView, into: Aside[]): unknown {
  const { buffer, byteOffset, byteLength } = view;
  if (byteLength < LARGE_BYTES) return view;
  const head = headOf(view);
  if (head === undefined) return view;
  const aside = new Aside(head, new Uint8Array(buffer, byteOffset, byteLength));
  into.push(aside);
  return aside;
}

/** @returns `undefined` for what msgpackr writes in another way */
function headOf(view: ArrayBufferView): Uint8Array | undefined {
  const { byteLength } = view;
  if (Buffer.isBuffer(view)) {
    const head = Buffer.allocUnsafe(BIN_HEAD_BYTES);
    head[0] = BIN_32;
    head.writeUInt32BE(byteLength, 1);
    return head;
  }
  const code = VIEWS.indexOf(Object.getPrototypeOf(view));
  if (code < 0) return undefined;
  const head = Buffer.allocUnsafe(VIEW_HEAD_BYTES);
  head[0] = EXTENSION_32;
  head.writeUInt32BE(byteLength + 1, 1);
  head[5] = VIEW_TYPE;
  head[6] = code;
  return head;
}
