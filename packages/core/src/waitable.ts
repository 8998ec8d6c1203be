import type { Room } from './room.ts';

/** The method by which an object says what `wait()` of `@mp/pipe` has to look at. */
export const WAITABLE: unique symbol = Symbol.for('@mp/core/waitable') as never;

/** Something that is ready or not, in shared memory. */
export interface Waitable {
  [WAITABLE](): { ready(): boolean; room: Room };
}
