import { MpError } from '@mp/core';
import {
  checkOptions,
  HANDLE,
  type HandleRecord,
  keepOrder,
  type Opened,
  openPrimitive,
  Primitive,
  registerHandle,
  Segment,
} from '@mp/core/internal';
import { Lock } from '@mp/lock';
import { initLock } from '@mp/lock/internal';
import { LIST } from './layout.ts';
import { decodeItem, type Encoded, encodeItem, type ListItem } from './list-item.ts';
import { refuseDamaged } from './locked.ts';

const { VERSION, LENGTH, SLOTS, SLOT_WORDS, HEAD, ROOM, AT_F64, HALF_HEAD_BYTES } = LIST;

/** What fits an element of any type that has no length of its own. */
const ROOM_LEAST = 8;
/** Half of it must be counted in a word. */
const ROOM_MOST = 2 ** 31 - 8;

/** What a new {@link ShareableList} may be told. */
export interface ShareableListOptions {
  /** Shares it with every process of this user that uses the same name: 1 to 100 of `A-Z a-z 0-9 . _ -`. */
  name?: string;
}

/**
 * A list of fixed length in shared memory: `multiprocessing.shared_memory.ShareableList` of Python.
 *
 * Its elements are null, booleans, numbers, bigints of 64 bits, strings and bytes. An element may become one of another
 * type, as long as it fits its place: the bytes of the first element there, rounded up to a multiple of 8. Strings count
 * in UTF-8; Python counts characters, and strips trailing NULs, which stay here.
 *
 * `at` and `set` are one step each for everybody: a reader sees the old element or the new one, never a mixture, also when
 * the writer is killed. Readers wait for nobody.
 *
 * @example
 * ```js
 * import { ShareableList } from '@mp/shared';
 *
 * const list = new ShareableList(['ready', 1.5, true, null]);
 * list.set(0, 'done');
 * list.set(-1, 42); // another type in the same place
 * console.log([...list]); // [ 'done', 1.5, true, 42 ]
 * list.close();
 * ```
 */
export class ShareableList extends Primitive {
  #lock: Lock | undefined;

  /**
   * @param sequence the first elements. Of a named list that exists only their number and their need of room count; left
   * out: that one, which has to exist
   * @param options `name` to share it with unrelated processes
   * @param received only for `@mp`: the segment of a list that came in a message
   * @throws TypeError, RangeError when an element or the name is none
   * @throws MpError `ERR_MP_MISMATCH` when the name belongs to something else, or to a list of another length or with less
   * room; `ERR_MP_NOT_FOUND` when the sequence was left out and there is none; `ERR_MP_NO_SPACE`
   */
  constructor(sequence?: Iterable<ListItem>, options: ShareableListOptions = {}, received?: Segment) {
    super(received ? { segment: received, created: false } : open(sequence, options));
  }

  /** Number of elements. It never changes. */
  get length(): number {
    this.assertOpen();
    return this.segment.words[LENGTH];
  }

  /**
   * The element at `index`; a negative index counts from the end. Bytes are a copy.
   *
   * @throws RangeError when there is no such element (Python: `IndexError`)
   */
  at(index: number): ListItem {
    const slot = this.#slot(index);
    const { words, bytes } = this.segment;
    for (;;) {
      const head = Atomics.load(words, slot + HEAD);
      const half = this.#half(slot, head);
      const [type, length] = [words[half / 4], words[half / 4 + 1]];
      const start = half + HALF_HEAD_BYTES;
      const copy = Buffer.from(bytes.subarray(start, start + Math.min(length >>> 0, words[slot + ROOM])));
      keepOrder();
      if (Atomics.load(words, slot + HEAD) !== head) continue;
      try {
        return decodeItem(type, copy);
      } catch (error) {
        throw new MpError('ERR_MP_MISMATCH', `Cannot read element ${index}: its file is damaged`, {
          cause: error,
        });
      }
    }
  }

  /**
   * Assigns an element, at once for everybody. Blocks for the moment in which another thread assigns one.
   *
   * @throws TypeError when it can be no element; RangeError when there is no such element, or it does not fit: then the
   * old one stays
   */
  set(index: number, item: ListItem): void {
    const slot = this.#slot(index);
    const { type, bytes: added } = encodeItem(item, 'The element');
    const { words, bytes } = this.segment;
    const room = words[slot + ROOM];
    if (added.length > room)
      throw new RangeError(
        `The element must fit ${room} bytes at index ${index}, not ${added.length}: a list makes room for its first elements`,
      );
    const guard = this.#writers.acquireSync();
    try {
      const next = (Atomics.load(words, slot + HEAD) + 1) | 0;
      const half = this.#half(slot, next);
      words[half / 4] = type;
      words[half / 4 + 1] = added.length;
      bytes.set(added, half + HALF_HEAD_BYTES);
      Atomics.store(words, slot + HEAD, next);
    } finally {
      guard.release();
    }
  }

  /** How many elements are equal to `item`: of the same type and the same content; NaN is equal to itself. */
  count(item: ListItem): number {
    const wanted = encodeItem(item, 'The element');
    let found = 0;
    for (const each of this) if (isSame(encodeItem(each, 'The element'), wanted)) found++;
    return found;
  }

  /** Index of the first element that is equal to `item`, or −1 (Python's `index` raises). */
  indexOf(item: ListItem): number {
    const wanted = encodeItem(item, 'The element');
    let at = 0;
    for (const each of this) {
      if (isSame(encodeItem(each, 'The element'), wanted)) return at;
      at++;
    }
    return -1;
  }

  /** Its elements, each read in one step; others may change the rest meanwhile. */
  *[Symbol.iterator](): Generator<ListItem, void, undefined> {
    for (let index = 0; index < this.length; index++) yield this.at(index);
  }

  /** @internal */
  [HANDLE](): HandleRecord {
    this.assertOpen();
    return { kind: 'list', data: this.segment.file, segment: this.segment.file };
  }

  /** Held for the moment of a write only, so that no task of this thread can be in its way. */
  get #writers(): Lock {
    return (this.#lock ??= new Lock({}, Segment.attach(this.segment.file, 'list', VERSION)));
  }

  /** First word of the slot. */
  #slot(index: number): number {
    const { length } = this;
    if (typeof index !== 'number') throw new TypeError(`index must be a number, not a ${typeof index}`);
    const at = index < 0 ? length + index : index;
    if (Number.isInteger(at) && at >= 0 && at < length) return SLOTS + at * SLOT_WORDS;
    throw new RangeError(`index must be a whole number from ${-length} to ${length - 1}, not ${index}`);
  }

  /** First byte of the half that `head` names. */
  #half(slot: number, head: number): number {
    const { words, floats } = this.segment;
    return floats[slot / 2 + AT_F64] + (head & 1) * (HALF_HEAD_BYTES + words[slot + ROOM]);
  }

  /** @internal */
  protected override endWaits(): void {
    this.#lock?.close();
  }
}

function isSame(one: Encoded, other: Encoded): boolean {
  return one.type === other.type && Buffer.compare(one.bytes, other.bytes) === 0;
}

/** Room for an element of so many bytes. */
function roomFor(bytes: number): number {
  return Math.max(ROOM_LEAST, Math.ceil(bytes / 8) * 8);
}

function open(sequence: unknown, options: ShareableListOptions): Opened {
  checkOptions(options, 'ShareableList', ['name']);
  if (sequence === undefined && options.name !== undefined)
    return { segment: whole(Segment.findNamed(options.name, 'list', VERSION)), created: false };
  if (sequence === null || typeof sequence !== 'object' || !(Symbol.iterator in sequence))
    throw new TypeError(
      'The sequence must be an iterable of null, booleans, numbers, bigints, strings and bytes',
    );
  const items = Array.from(sequence as Iterable<unknown>, (item, at) => {
    // A copy: the next element that is yielded may lie in the same bytes.
    const kept = item instanceof Uint8Array ? Buffer.from(item) : item;
    return encodeItem(kept, `Element ${at}`);
  });
  const rooms = items.map(({ bytes }) => roomFor(bytes.length));
  const tooLong = rooms.findIndex((room) => room > ROOM_MOST);
  if (tooLong >= 0)
    throw new RangeError(
      `Element ${tooLong} must have at most ${ROOM_MOST} bytes, not ${items[tooLong].bytes.length}`,
    );
  const first = (SLOTS + items.length * SLOT_WORDS) * 4;
  const size = rooms.reduce((sum, room) => sum + 2 * (HALF_HEAD_BYTES + room), first);
  const plan = {
    kind: 'list',
    version: VERSION,
    size,
    initialBytes: size,
    fill: (views: { words: Int32Array; floats: Float64Array; bytes: Uint8Array }) => {
      const { words, floats, bytes } = views;
      initLock(views);
      words[LENGTH] = items.length;
      let at = first;
      items.forEach((item, index) => {
        const slot = SLOTS + index * SLOT_WORDS;
        words[slot + ROOM] = rooms[index];
        floats[slot / 2 + AT_F64] = at;
        words[at / 4] = item.type;
        words[at / 4 + 1] = item.bytes.length;
        bytes.set(item.bytes, at + HALF_HEAD_BYTES);
        at += 2 * (HALF_HEAD_BYTES + rooms[index]);
      });
    },
  } as const;
  return openPrimitive(options, plan, (segment) => {
    const { words } = whole(segment);
    const small = rooms.findIndex((room, at) => room > words[SLOTS + at * SLOT_WORDS + ROOM]);
    return [
      { name: 'length', asked: items.length, found: words[LENGTH] },
      {
        name: `room of element ${small}`,
        asked: small < 0 ? undefined : rooms[small],
        found: words[SLOTS + small * SLOT_WORDS + ROOM],
      },
    ];
  });
}

/** Passes on a list's segment. @throws MpError `ERR_MP_MISMATCH` when its file is damaged; it is closed then */
function whole(segment: Segment): Segment {
  const { words, floats, bytes } = segment;
  const length = bytes.length < SLOTS * 4 ? -1 : words[LENGTH];
  let end = (SLOTS + length * SLOT_WORDS) * 4;
  let fits = length >= 0 && end <= bytes.length;
  for (let index = 0; fits && index < length; index++) {
    const slot = SLOTS + index * SLOT_WORDS;
    const room = words[slot + ROOM];
    fits = floats[slot / 2 + AT_F64] === end && room >= ROOM_LEAST && room % 8 === 0;
    end += 2 * (HALF_HEAD_BYTES + room);
    fits &&= end <= bytes.length;
  }
  return fits ? segment : refuseDamaged(segment, 'ShareableList', 'its slots are damaged');
}

registerHandle('list', {
  package: '@mp/shared',
  decode: (file) => {
    if (typeof file !== 'string')
      throw new MpError('ERR_MP_MISMATCH', 'Cannot open a ShareableList: its handle is damaged');
    return new ShareableList(undefined, {}, whole(Segment.attach(file, 'list', VERSION)));
  },
});
