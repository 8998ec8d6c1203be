import { BODY } from '@mp/core/internal';
import { GIVEN_LOCK_WORDS, LOCK_WORDS } from '@mp/lock/internal';

/*
 * The bodies of all kinds but the map (`map/layout.ts`), in words after the header; indexes of floats end with F64, those of
 * bytes with BYTE.
 *
 * Value, SharedArray and SharedStruct begin with
 *
 *   a Lock                   free for good when the object uses another one, or none
 *   the address of the lock  that it was given
 */
export const GIVEN_LOCK = BODY + LOCK_WORDS;
/** The first word behind the lock; a line of its own. */
const LOCKED_BODY = GIVEN_LOCK + GIVEN_LOCK_WORDS;

/*
 *   TYPE     number of its type
 *   NUMBER   8 bytes, of which the type uses the first
 */
export const VALUE = {
  VERSION: 1,
  TYPE: LOCKED_BODY,
  NUMBER: LOCKED_BODY + 2,
  BYTES: (LOCKED_BODY + 4) * 4,
} as const;

/*
 *   TYPE     number of the type of its elements
 *   LENGTH   number of its elements, as a float
 *
 * and from the next line on the elements.
 */
export const ARRAY = {
  VERSION: 1,
  TYPE: LOCKED_BODY,
  LENGTH_F64: (LOCKED_BODY + 2) / 2,
  DATA_BYTE: (LOCKED_BODY + 16) * 4,
} as const;

/*
 *   LAYOUT_BYTES   how long the description of the layout is
 *   FIELDS_AT      byte at which the fields begin; a multiple of 64
 *
 * from the next line on the layout, as JSON in UTF-8, and then the fields.
 */
export const STRUCT = {
  VERSION: 1,
  LAYOUT_BYTES: LOCKED_BODY,
  FIELDS_AT: LOCKED_BODY + 1,
  LAYOUT_BYTE: (LOCKED_BODY + 16) * 4,
} as const;

/*
 * In its first page; all pages behind that are the user's:
 *
 *   PAGE     bytes of that page: where the user's begin
 *   LENGTH   how many bytes the user asked for, as a float
 */
export const MEMORY = { VERSION: 1, PAGE: BODY, LENGTH_F64: (BODY + 2) / 2 } as const;

/*
 *   a Lock   held by a writer, for the moment of one write
 *   LENGTH   number of elements
 *   SLOTS    from the next line on, 4 words for each element: HEAD, ROOM, and AT, a float
 *   halves   two for each element, with room for ROOM bytes behind two words: TYPE and BYTES
 *
 * HEAD counts the writes of an element; its lowest bit says which half holds it. A writer writes the other half, and then
 * stores HEAD + 1. So the element is the old one or the new one, whenever a writer is killed; and a reader, which takes no
 * lock, looks at HEAD again when it has copied the half: while that is unchanged no writer has come back to this half.
 */
export const LIST = {
  VERSION: 1,
  LENGTH: BODY + LOCK_WORDS,
  SLOTS: BODY + LOCK_WORDS + 16,
  SLOT_WORDS: 4,
  HEAD: 0,
  ROOM: 1,
  AT_F64: 1,
  HALF_HEAD_BYTES: 8,
} as const;
