import type { Segment } from './segment.ts';

/** One ring of a chain, as this thread has it mapped. */
export interface Ring {
  number: number;
  size: number;
  segment: Segment;
  bytes: Uint8Array;
  buffer: Buffer;
  words: Int32Array;
}

export function view(number: number, segment: Segment, offset: number, size: number): Ring {
  const { buffer } = segment;
  return {
    number,
    size,
    segment,
    bytes: new Uint8Array(buffer, offset, size),
    buffer: Buffer.from(buffer, offset, size),
    words: new Int32Array(buffer, offset, size >>> 2),
  };
}
