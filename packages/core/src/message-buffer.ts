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

/** A copy of a message that waits to be sent. @param tail more of it */
export function messageCopy(bytes: Uint8Array, tail: Uint8Array | undefined): Buffer<ArrayBuffer> {
  const length = bytes.length + (tail?.length ?? 0);
  // Small ones come out of Node's pool.
  const copy = length < LARGE ? Buffer.allocUnsafe(length) : messageBuffer(length);
  copy.set(bytes);
  if (tail !== undefined) copy.set(tail, bytes.length);
  return copy;
}
