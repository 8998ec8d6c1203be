import { BODY } from '@mp/core/internal';
import { LOCK_WORDS } from '@mp/lock/internal';

/*
 * The segment of a map. Its body begins with the Lock of the writers; then come, in words:
 *
 *   TABLE        satellite of the present table; the store of it is the commit of growth and of clear()
 *   SEED         random; every hash begins with it
 *   EVICT        1: what was used longest ago goes when the map is full
 *   MAX_BYTES    f64: limit of BYTES, 0 = none
 *
 * and on lines that only the owner of the lock writes:
 *
 *   DIRTY        1: a change is under way, or its thread died. Everything below is made again then
 *   PENDING      satellite that is being made and that nothing names yet
 *   DOOMED       satellite that nothing names any more and that is being removed
 *   COUNT        entries, the expired ones that are not freed yet included
 *   TOMBS        slots of the table that say DELETED
 *   TIMED        entries with an expiry
 *   HAND         slot at which the search for something to evict goes on
 *   SWEEP        slot at which the search for what has expired goes on
 *   BYTES        f64: what the entries take, see `costOf`
 *   CURRENT      for each size of cells a chunk that may have a free one, + 1
 *   CHUNKS       the chunks: CHUNK_WORDS each, see `cells.ts`
 *
 * and what any thread adds to that stores a value:
 *
 *   SHAPES       the shapes of objects in values (`shape-table.ts` of core)
 */
const MAP = BODY + LOCK_WORDS;

export const TABLE = MAP;
export const SEED = MAP + 1;
export const EVICT = MAP + 2;
export const MAX_BYTES_F64 = (MAP + 4) / 2;

export const DIRTY = MAP + 16;
export const PENDING = MAP + 17;
export const DOOMED = MAP + 18;
export const COUNT = MAP + 19;
export const TOMBS = MAP + 20;
export const TIMED = MAP + 21;
export const HAND = MAP + 22;
export const SWEEP = MAP + 23;
export const BYTES_F64 = (MAP + 24) / 2;

export const CURRENT = MAP + 32;
export const CHUNKS = MAP + 160;
export const CHUNK_WORDS = 8;
export const CHUNKS_MOST = 2048;

export const SHAPES = CHUNKS + CHUNK_WORDS * CHUNKS_MOST;
/** Some 200 shapes of objects with few keys. */
export const SHAPES_BYTES = 8 << 10;

export const MAP_WORDS = SHAPES + SHAPES_BYTES / 4;
export const MAP_VERSION = 2;

/** What an entry counts in BYTES: its cell, and its share of the table. */
export function costOf(cellBytes: number): number {
  return cellBytes + 16;
}
