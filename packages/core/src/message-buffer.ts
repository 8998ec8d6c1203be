/** From this size on it matters that the pages stay: less is soon used again. */
const LARGE = 16 << 10;
/** The largest block whose release it learns from, as glibc's manual has it (M_MMAP_THRESHOLD), less its own header. */
const LESSON = (32 << 20) - (64 << 10);

let taught = false;

/**
 * Memory for a message that is received, or that waits to be sent; not initialised.
 *
 * A page that the kernel gives anew costs more than to fill it, and glibc returns freed memory beyond twice the largest
 * block that it saw released: a thread that copies one large message after the other would pay for fresh pages every
 * time. So the first large one has it see a larger block, of which no page is ever touched.
 *
 * @param length bytes
 */
export function messageBuffer(length: number): Buffer<ArrayBuffer> {
  if (length >= LARGE && !taught) {
    taught = true;
    Buffer.allocUnsafeSlow(LESSON);
  }
  return Buffer.allocUnsafeSlow(length);
}

/** A message has nothing but its first bytes. */
export const NO_PIECES: readonly Uint8Array[] = [];

/** How long a message is of which the first `length` bytes lie in a buffer, and more follows in pieces. */
export function messageLength(length: number, more: readonly Uint8Array[]): number {
  let whole = length;
  for (const piece of more) whole += piece.length;
  return whole;
}

/** A copy of a message that waits to be sent. @param more the pieces that follow `bytes` */
export function messageCopy(bytes: Uint8Array, more: readonly Uint8Array[]): Buffer<ArrayBuffer> {
  const length = messageLength(bytes.length, more);
  // Small ones come out of Node's pool.
  const copy = length < LARGE ? Buffer.allocUnsafe(length) : messageBuffer(length);
  copy.set(bytes);
  let at = bytes.length;
  for (const piece of more) {
    copy.set(piece, at);
    at += piece.length;
  }
  return copy;
}
