import { MpError } from '@mp/core';
import { type Kind, Segment } from '@mp/core/internal';

/** Where the segment of an object is found again. */
export interface Address {
  readonly file: string;
  readonly kind: Kind;
  readonly version: number;
}

/** Does something to an object that was closed here: others may wait for it. When its file is gone, there are no others. */
export function inClosedSegment({ file, kind, version }: Address, body: (segment: Segment) => void): void {
  let segment: Segment;
  try {
    segment = Segment.attach(file, kind, version);
  } catch (error) {
    if (error instanceof MpError) return;
    throw error;
  }
  try {
    body(segment);
  } finally {
    segment.close();
  }
}
