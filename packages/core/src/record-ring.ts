import { BigRecords } from './big-records.ts';
import { MpError } from './errors.ts';
import { HEADER_BYTES } from './header.ts';
import { keepOrder } from './memory-order.ts';
import { messageLength, NO_PIECES } from './message-buffer.ts';
import { LARGEST_RING, type Ring, RingChain } from './ring-chain.ts';
import type { Segment } from './segment.ts';

/*
 * Records in order, from one writing side to one reading side. It grows as a chain of rings, and each side commits
 * by one store, so a side that is killed leaves nothing to repair (`docs/decisions/001`, §4).
 *
 *   base+0       TAIL  COMMIT = records written << 1 | which slot is the present one
 *   base+4, +8         two slots of 4 words: ring, position, f64 payload bytes written so far
 *   base+12      SEEN  f64, where a writer has last seen the reader: ring × 2²² + position / 8
 *   base+16      HEAD  the same for records read
 *   base+32, +33 SPARE see `ring-chain.ts`
 *   base+36 …    large records, see `big-records.ts`
 *
 * A record is two words, LENGTH and FLAGS, and its payload, padded to 8 bytes. Instead of a length a mark may stand:
 * WRAP (go on at 0) or JUMP (go on at 0 of the ring in the next word). 8 bytes stay free for a mark.
 *
 * A side may be used by one thread at a time; several threads need a mutex around it.
 */
export const TAIL = 0;
const SEEN = 12;
export const HEAD = 16;
export const SLOTS = 4;
export const SLOT = 4;

const WRAP = 0xffffffff;
const JUMP = 0xfffffffe;
const RECORD_HEADER = 8;
const MARK = 8;

/** Flag of a record whose payload lies in a satellite of its own: the record holds its number and length. */
const BIG = 1 << 31;
const BIG_BYTES = 16;

/** Positions in a ring, in units of 8 bytes, are less than this. */
const SEEN_RING = 2 ** 22;

/** A larger payload travels in a segment of its own: a ring should hold a few. */
export const LARGEST_INLINE = LARGEST_RING >> 2;

/** Words of the control lines. */
export const RING_WORDS = 48;

/** A record as it lies in shared memory: valid until the head moves on. */
export interface RingRecord {
  source: Buffer;
  /** The same memory; records begin at a multiple of 8 bytes. */
  words: Int32Array;
  start: number;
  end: number;
  flags: number;
  /** The segment of a big record, to be unlinked when it was taken. */
  segment: Segment | undefined;
  /** Which satellite that is; 0 = none. */
  satellite: number;
}

interface Place {
  ring: number;
  position: number;
  bytes: number;
}

/** A chain of rings in `segment`, seen from this thread. */
export class RecordRing {
  readonly #segment: Segment;
  readonly #words: Int32Array;
  readonly #floats: Float64Array;
  readonly #base: number;
  readonly #rings: RingChain;
  /** Where the next record goes, and what will be committed with it. */
  readonly #next = newPlace();
  #appended = 0;
  readonly #big: BigRecords;
  #bigs: Segment[] = [];
  /** The reader's place as last seen by any writer: none writes behind it before it has looked again. */
  readonly #seenHead = newPlace();
  #ownTail = -1;
  /** For a look at a side that goes on meanwhile. */
  readonly #looked = newPlace();
  /** Where the reader will be after the record it peeked at. */
  readonly #after = newPlace();
  #tailRing: Ring;
  #headRing: Ring;

  /**
   * @param base first word of the control lines, a multiple of 16
   * @param ringBase first word of ring 0
   * @param ringBytes size of ring 0, a multiple of 8
   */
  constructor(segment: Segment, base: number, ringBase: number, ringBytes: number) {
    this.#segment = segment;
    this.#words = segment.words;
    this.#floats = segment.floats;
    this.#base = base;
    this.#big = new BigRecords(segment, base);
    this.#rings = new RingChain(segment, base, ringBase, ringBytes);
    this.#tailRing = this.#rings.first;
    this.#headRing = this.#rings.first;
  }

  /** How many records are committed and not taken: exact at one moment of this call. */
  get size(): number {
    for (;;) {
      const head = Atomics.load(this.#words, this.#base + HEAD);
      const tail = Atomics.load(this.#words, this.#base + TAIL);
      if (Atomics.load(this.#words, this.#base + HEAD) === head)
        return ((tail >>> 1) - (head >>> 1)) & 0x7fffffff;
    }
  }

  /** Payload bytes committed and not taken. */
  get bytes(): number {
    return Math.max(0, this.writtenBytes - this.takenBytes);
  }

  /** How many records were ever committed, modulo 2³¹. */
  get written(): number {
    return Atomics.load(this.#words, this.#base + TAIL) >>> 1;
  }

  /** How many records were ever taken, modulo 2³¹. */
  get taken(): number {
    return Atomics.load(this.#words, this.#base + HEAD) >>> 1;
  }

  /** Payload bytes ever committed. */
  get writtenBytes(): number {
    return this.#read(TAIL, this.#looked).bytes;
  }

  /** Payload bytes ever taken. */
  get takenBytes(): number {
    return this.#read(HEAD, this.#looked).bytes;
  }

  get isEmpty(): boolean {
    const head = Atomics.load(this.#words, this.#base + HEAD) >>> 1;
    return Atomics.load(this.#words, this.#base + TAIL) >>> 1 === head;
  }

  /**
   * Writer: lays a record behind the tail, where no reader looks yet. Several may be laid before one commit.
   *
   * @param flags 31 bits that travel with the record
   * @param length how much of `payload` is to be written
   * @param more the pieces that follow it
   * @returns the segment of a record that is too large for a ring: closed by the commit, unless that keeps it
   * @throws MpError `ERR_MP_NO_SPACE` when a new segment was needed and the directory is full; what was laid since
   * the last commit is forgotten
   */
  append(
    payload: Uint8Array,
    flags: number,
    length = payload.length,
    more: readonly Uint8Array[] = NO_PIECES,
  ): Segment | undefined {
    const whole = messageLength(length, more);
    let big: Segment | undefined;
    if (this.#appended === 0) {
      this.#big.removeUnborn(this.written);
      this.#read(TAIL, this.#next);
      // Another writer may have gone round the ring since: what this one has seen before would look like free space.
      if (Atomics.load(this.#words, this.#base + TAIL) !== this.#ownTail) this.#readSeen();
    }
    try {
      if (whole > LARGEST_INLINE) big = this.#layBig(payload, flags, length, more, whole);
      else this.#lay(payload, flags, length, more, whole);
    } catch (error) {
      this.abandon();
      throw error;
    }
    this.#next.bytes += whole;
    this.#appended++;
    return big;
  }

  /** Writer: shows all laid records to the reader, at once. @param kept a segment that stays mapped, for the caller to close */
  commit(kept?: Segment): void {
    if (this.#appended === 0) return;
    this.#commit(TAIL, this.#next, this.#appended);
    this.#ownTail = Atomics.load(this.#words, this.#base + TAIL);
    this.#appended = 0;
    if (this.#bigs.length === 0) return;
    for (const big of this.#bigs) if (big !== kept) big.close();
    this.#bigs = [];
    this.#big.settle();
  }

  /** Writer: forgets what was laid since the last commit. */
  abandon(): void {
    this.#appended = 0;
    const ring = this.#next.ring;
    if (ring !== 0 && ring !== this.#read(TAIL, this.#next).ring) this.#rings.retire(ring);
    for (const big of this.#bigs) big.closeAndUnlink();
    this.#bigs = [];
    this.#big.settle();
  }

  /** Reader: the record at the head, or `undefined` when there is none. It stays until {@link take}. */
  peek(): RingRecord | undefined {
    const { taken } = this;
    this.#big.removeDoomed(taken);
    if (this.written === taken) return undefined;
    const place = this.#read(HEAD, this.#after);
    let ring = this.#ringOf(place.ring, this.#headRing);
    let length = ring.words[place.position >>> 2] >>> 0;
    while (length >= JUMP) {
      if (length === JUMP) ring = this.#rings.get(ring.words[(place.position >>> 2) + 1] >>> 0);
      place.ring = ring.number;
      place.position = 0;
      length = ring.words[0] >>> 0;
    }
    if (ring !== this.#headRing) {
      this.#headRing = ring;
      this.#rings.keepOnly(ring, this.#tailRing);
    }
    const flags = ring.words[(place.position >>> 2) + 1];
    const start = place.position + RECORD_HEADER;
    place.position = start + padded(length);
    if (flags < 0) return this.#peekBig(ring, start, flags & ~BIG, place);
    place.bytes += length;
    const { buffer, words } = ring;
    return { source: buffer, words, start, end: start + length, flags, segment: undefined, satellite: 0 };
  }

  /**
   * Reader: takes the record that {@link peek} showed: from now on it is this reader's alone.
   *
   * @param keep whether the satellite of a big record stays, for a reader that has noted its number
   */
  take(record: RingRecord, keep = false): void {
    const left = Atomics.load(this.#words, this.#base + HEAD);
    const leftRing = this.#words[this.#base + HEAD + SLOTS + (left & 1) * SLOT];
    const { segment } = record;
    if (segment === undefined || keep) {
      this.#commit(HEAD, this.#after, 1);
      segment?.close();
    } else {
      this.#big.take(record.satellite, segment, left >>> 1, () => this.#commit(HEAD, this.#after, 1));
    }
    if (leftRing !== this.#after.ring && leftRing !== 0) this.#rings.retire(leftRing >>> 0);
  }

  /** Lets go of the satellites mapped here. */
  close(): void {
    this.#rings.close();
  }

  #lay(payload: Uint8Array, flags: number, length: number, more: readonly Uint8Array[], whole: number): void {
    const need = RECORD_HEADER + padded(whole);
    const ring = this.#makeRoom(need);
    const at = this.#next.position;
    ring.words[at >>> 2] = whole;
    ring.words[(at >>> 2) + 1] = flags;
    copy(payload, length, more, ring.bytes, at + RECORD_HEADER);
    this.#next.position = at + need;
  }

  #layBig(
    payload: Uint8Array,
    flags: number,
    length: number,
    more: readonly Uint8Array[],
    whole: number,
  ): Segment {
    const { number, segment } = this.#big.create(HEADER_BYTES + whole, this.written);
    this.#bigs.push(segment);
    copy(payload, length, more, segment.bytes, HEADER_BYTES);
    const note = new DataView(new ArrayBuffer(BIG_BYTES));
    note.setUint32(0, number, true);
    note.setFloat64(8, whole, true);
    this.#lay(new Uint8Array(note.buffer), flags | BIG, BIG_BYTES, NO_PIECES, BIG_BYTES);
    return segment;
  }

  #peekBig(ring: Ring, start: number, flags: number, place: Place): RingRecord {
    const number = ring.buffer.readUInt32LE(start);
    const length = ring.buffer.readDoubleLE(start + 8);
    place.bytes += length;
    const segment = this.#segment.openSatellite(number, 'message');
    if (segment === undefined || segment.bytes.length < HEADER_BYTES + length) {
      throw new MpError('ERR_MP_STALE', `Cannot read a message of ${length} bytes: its segment was removed`);
    }
    const { buffer } = segment;
    const source = Buffer.from(buffer, HEADER_BYTES, length);
    const words = new Int32Array(buffer, HEADER_BYTES, length >>> 2);
    return { source, words, start: 0, end: length, flags, segment, satellite: number };
  }

  /** Finds `need` bytes in a row behind the tail, in this ring, at its start, or in another one. */
  #makeRoom(need: number): Ring {
    const next = this.#next;
    const ring = this.#ringOf(next.ring, this.#tailRing);
    this.#tailRing = ring;
    if (this.#fits(ring, need)) return ring;
    this.#seeHead();
    if (this.#fits(ring, need)) return ring;
    const { position } = next;
    if (this.#seenHead.ring === ring.number && this.#seenHead.position <= position) {
      // Behind the reader, at the start of the ring.
      if (need + MARK <= this.#seenHead.position) {
        ring.words[position >>> 2] = WRAP;
        next.position = 0;
        return ring;
      }
    }
    const other = this.#rings.grow(ring, need + 2 * MARK);
    ring.words[(position >>> 2) + 1] = other.number;
    ring.words[position >>> 2] = JUMP;
    next.ring = other.number;
    next.position = 0;
    this.#tailRing = other;
    return other;
  }

  /** Looks where the reader is. The head's line is the reader's: other writers take what this one has seen from their own line. */
  #seeHead(): void {
    const { ring, position } = this.#read(HEAD, this.#seenHead);
    this.#floats[(this.#base + SEEN) >>> 1] = ring * SEEN_RING + (position >>> 3);
  }

  #readSeen(): void {
    const seen = this.#floats[(this.#base + SEEN) >>> 1];
    const ring = Math.floor(seen / SEEN_RING);
    this.#seenHead.ring = ring;
    this.#seenHead.position = (seen - ring * SEEN_RING) * 8;
  }

  #fits(ring: Ring, need: number): boolean {
    const { position } = this.#next;
    const head = this.#seenHead;
    const end = head.ring === ring.number && head.position > position ? head.position : ring.size;
    return need + MARK <= end - position;
  }

  #ringOf(number: number, likely: Ring): Ring {
    return likely.number === number ? likely : this.#rings.get(number);
  }

  /**
   * The present place of a side that may move meanwhile: a slot is rewritten only after COMMIT has moved on, so what
   * was read between two equal reads of COMMIT belongs together.
   */
  #read(side: number, into: Place): Place {
    const words = this.#words;
    const at = this.#base + side;
    for (;;) {
      const commit = Atomics.load(words, at);
      const slot = at + SLOTS + (commit & 1) * SLOT;
      into.ring = words[slot] >>> 0;
      into.position = words[slot + 1] >>> 0;
      into.bytes = this.#floats[(slot + 2) >>> 1];
      keepOrder();
      if (Atomics.load(words, at) === commit) return into;
    }
  }

  #commit(side: number, place: Place, records: number): void {
    const words = this.#words;
    const at = this.#base + side;
    const commit = Atomics.load(words, at);
    const slot = at + SLOTS + (~commit & 1) * SLOT;
    words[slot] = place.ring;
    words[slot + 1] = place.position;
    this.#floats[(slot + 2) >>> 1] = place.bytes;
    Atomics.store(words, at, (((commit >>> 1) + records) << 1) | (~commit & 1) | 0);
  }
}

/** Up to this a loop is faster than a call. */
const FEW_BYTES = 48;

function copy(
  source: Uint8Array,
  length: number,
  more: readonly Uint8Array[],
  target: Uint8Array,
  at: number,
): void {
  if (length <= FEW_BYTES) for (let index = 0; index < length; index++) target[at + index] = source[index];
  else target.set(length === source.length ? source : source.subarray(0, length), at);
  let next = at + length;
  for (const piece of more) {
    copy(piece, piece.length, NO_PIECES, target, next);
    next += piece.length;
  }
}

function newPlace(): Place {
  return { ring: 0, position: 0, bytes: 0 };
}

function padded(length: number): number {
  return (length + 7) & ~7;
}
