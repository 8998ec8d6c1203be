import { ClosedError, MessageTooLongError, MpError, SerializationError } from '@mp/core';
import {
  type Carrier,
  dropPin,
  type HandleRecord,
  LOOK,
  NO_PIECES,
  NOT_SENT,
  type Reason,
  RecordRing,
  type RingRecord,
  SENT,
  Segment,
  Shapes,
  ShapeTable,
  type ShortPlaces,
  ShortWay,
  segmentCarrier,
  thisAgent,
  UNINVITED,
  WaiterTable,
  WaitLine,
} from '@mp/core/internal';
import { dropMessage } from '@mp/serde/internal';
import { End } from './end.ts';
import {
  DUPLEX,
  endAt,
  FIRST_RING_BYTES,
  firstRingAt,
  LEFT,
  PIPE_BYTES,
  PIPE_VERSION,
  RIGHT,
  RING_BYTES,
  receiveWaitersAt,
  ringAt,
  SHAPED,
  SHAPES,
  SHAPES_BYTES,
  type Side,
  segmentBytes,
  sendWaitersAt,
  WAITERS_CAPACITY,
} from './layout.ts';
import { scratch } from './reading.ts';
import { END, type Incoming, type Outgoing, type Transport } from './transport.ts';

/*
 * A pipe in shared memory: for each direction a ring with one writer and one reader, so nothing is ever locked and a
 * death leaves nothing to repair. What an end's death means to the other one is in end.ts.
 */

/** How often a thread asks, at most, whether the other end's is alive. */
const LOOK_MS = 20;

/** Bytes that a record takes besides its payload: empty messages fill a pipe too. */
const RECORD_BYTES = 8;

/** What a message says of an end that travels in it. */
interface EndHandle {
  file: string;
  side: number;
  move: number;
}

/** An end that is on its way over something that cannot hold on to shared memory, like a socket: plain data. */
export interface MemoryOffer {
  readonly end: unknown;
  /** What holds on to it until it is taken or withdrawn. */
  readonly pin: string;
}

/** One end of a pipe in shared memory. */
export class MemoryTransport implements Transport {
  readonly carrier: Carrier;
  readonly readable: boolean;
  readonly writable: boolean;
  readonly sendLine: WaitLine;
  readonly receiveLine: WaitLine;
  /** Threads that wait to receive here. */
  readonly waiters: WaiterTable;
  readonly #segment: Segment;
  readonly #side: Side;
  readonly #end: End;
  readonly #far: End;
  readonly #out: RecordRing | undefined;
  readonly #in: RecordRing | undefined;
  readonly #sendWaiters: WaiterTable;
  readonly #farReceiveWaiters: WaiterTable;
  readonly #farSendWaiters: WaiterTable;
  readonly #shortWay: ShortWay;
  #farEnd: string | undefined;
  #lookAt = 0;

  private constructor(segment: Segment, side: Side) {
    const { words } = segment;
    const farSide = side === LEFT ? RIGHT : LEFT;
    const duplex = words[DUPLEX] === 1;
    const ringBytes = words[RING_BYTES];
    const ringOf = (of: Side) => new RecordRing(segment, ringAt(of), firstRingAt(of, ringBytes), ringBytes);
    const tableAt = (at: number) => new WaiterTable(words, at, WAITERS_CAPACITY);
    this.#segment = segment;
    this.#side = side;
    this.#end = new End(words, endAt(side));
    this.#far = new End(words, endAt(farSide));
    this.readable = duplex || side === LEFT;
    this.writable = duplex || side === RIGHT;
    if (this.writable) this.#out = ringOf(side);
    if (this.readable) this.#in = ringOf(farSide);
    this.waiters = tableAt(receiveWaitersAt(side));
    this.#sendWaiters = tableAt(sendWaitersAt(side));
    this.#farReceiveWaiters = tableAt(receiveWaitersAt(farSide));
    this.#farSendWaiters = tableAt(sendWaitersAt(farSide));
    this.receiveLine = new WaitLine(this.waiters);
    this.sendLine = new WaitLine(this.#sendWaiters);
    this.carrier = carrierIn(segment);
    const places: ShortPlaces = {
      out: this.writable ? [ringAt(side), firstRingAt(side, ringBytes)] : [0, 0],
      in: this.readable ? [ringAt(farSide), firstRingAt(farSide, ringBytes)] : [0, 0],
      ringBytes,
      waiters: receiveWaitersAt(side),
      farWaiters: receiveWaitersAt(farSide),
      capacity: WAITERS_CAPACITY,
    };
    this.#shortWay = new ShortWay(segment.buffer, this.receiveLine, places, {
      bytes: scratch,
      farSenders: sendWaitersAt(farSide),
      onMore: () => this.#wakeSenders(),
      far: endAt(farSide),
    });
  }

  /** Both ends of a new pipe. Of one that is not duplex, the left one reads. */
  static create(duplex: boolean): [left: MemoryTransport, right: MemoryTransport] {
    const me = thisAgent().id;
    const segment = Segment.create({
      kind: 'pipe',
      version: PIPE_VERSION,
      size: segmentBytes(duplex),
      initialBytes: 4096,
      fill: ({ words }) => {
        words[DUPLEX] = duplex ? 1 : 0;
        words[RING_BYTES] = FIRST_RING_BYTES;
        words[endAt(LEFT)] = me;
        words[endAt(RIGHT)] = me;
      },
    });
    const left = new MemoryTransport(segment, LEFT);
    try {
      // A mapping of its own: each end is let go of by itself.
      const other = Segment.attach(segment.file, 'pipe', PIPE_VERSION);
      return [left, new MemoryTransport(other, RIGHT)];
    } catch (error) {
      left.close();
      throw error;
    }
  }

  /**
   * The end that came in a message.
   *
   * @throws MpError `ERR_MP_STALE` when it was received before, `ERR_MP_MISMATCH` when the handle is damaged
   */
  static claim(handle: unknown): MemoryTransport {
    const { file, side, move } = (handle ?? {}) as Partial<EndHandle>;
    if (typeof file !== 'string' || (side !== LEFT && side !== RIGHT) || typeof move !== 'number')
      throw new MpError('ERR_MP_MISMATCH', 'Cannot receive a Connection: its handle is damaged');
    const segment = Segment.attach(file, 'pipe', PIPE_VERSION);
    try {
      new End(segment.words, endAt(side)).claim(move);
      return new MemoryTransport(segment, side);
    } catch (error) {
      segment.close();
      throw error;
    }
  }

  /**
   * Makes a pipe of which one end is offered to another process of this machine, which is reached by a socket. An offer
   * that is not taken has to be withdrawn.
   *
   * @returns the end that stays, what to send, and how the offer is withdrawn, which closes the end that stays
   */
  static offer(): { transport: MemoryTransport; offer: MemoryOffer; withdraw: () => void } {
    const [transport, theirs] = MemoryTransport.create(true);
    const { data, move } = theirs.handle();
    try {
      const carrier = segmentCarrier(transport.#segment);
      const { file } = transport.#segment;
      const pin = carrier.pin(file);
      move?.begin(pin);
      move?.sent();
      const withdraw = () => {
        transport.close();
        dropPin(carrier, pin, file);
      };
      return { transport, offer: { end: data, pin }, withdraw };
    } catch (error) {
      theirs.close();
      transport.close();
      throw error;
    }
  }

  /**
   * Takes an end that was offered.
   *
   * @returns `undefined` when it cannot be had here: it is of another machine, user or directory, or has gone
   */
  static take(offer: unknown): MemoryTransport | undefined {
    const { end, pin } = (offer ?? {}) as Partial<MemoryOffer>;
    try {
      const transport = MemoryTransport.claim(end);
      const { file } = transport.#segment;
      if (typeof pin === 'string' && pin.startsWith(`${file}+`) && /^\d+$/.test(pin.slice(file.length + 1)))
        segmentCarrier(transport.#segment).unpin(pin);
      return transport;
    } catch (error) {
      if (error instanceof MpError) return undefined;
      throw error;
    }
  }

  get keepsAlive(): boolean {
    return this.receiveLine.keepsAlive;
  }

  set keepsAlive(on: boolean) {
    this.receiveLine.keepsAlive = on;
    this.sendLine.keepsAlive = on;
  }

  get farEnd(): string {
    return this.#farEnd ?? 'is open';
  }

  get rescued(): number {
    const tables = [this.waiters, this.#sendWaiters, this.#farReceiveWaiters, this.#farSendWaiters];
    return tables.reduce((sum, waiters) => sum + waiters.rescued, 0);
  }

  isReady(): boolean {
    if (!this.sendLine.isEmpty) this.sendLine.serve(false);
    return !(this.#in as RecordRing).isEmpty || this.#isFarGone(LOOK);
  }

  send({ buffer, length, more, isShaped }: Outgoing, reason: Reason): true | undefined {
    const out = this.#out as RecordRing;
    const waiters = this.#farReceiveWaiters;
    if (
      waiters.announced &&
      reason === UNINVITED &&
      more === NO_PIECES &&
      this.#farEnd === undefined &&
      !this.#far.isClosed
    ) {
      const sent = this.#shortWay.send(buffer, length, isShaped ? SHAPED : 0);
      if (sent === SENT) return true;
      if (sent !== NOT_SENT) {
        if (waiters.notify(WAITERS_CAPACITY) === 0) waiters.settle();
        return true;
      }
    }
    const isIdle = out.isEmpty;
    // A sender that goes on although nothing is received has to learn that the other end is dead.
    if (this.#isFarGone(isIdle ? reason : LOOK)) throw this.#nobodyReceives();
    if (!isIdle && !hasSpace(out)) return undefined;
    out.append(buffer, isShaped ? SHAPED : 0, length, more);
    // Behind the copy, for the reason given in Channel.send of core.
    const waited = waiters.announced;
    if (waited) waiters.beginNotify();
    try {
      out.commit();
      // All of them: they are one thread's, and some only look.
      if (waiters.announced && waiters.notify(WAITERS_CAPACITY) === 0) waiters.settle();
    } finally {
      if (waited) waiters.endNotify();
    }
    return true;
  }

  /*
   * A thread that blocks to receive may wait for the answer to what it sent before, and that may wait for space: the
   * event loop, which would send it, does not turn. So a look at what there is to receive sends what waits.
   */
  peek(reason: Reason, most: number): RingRecord | typeof END | undefined {
    const ring = this.#in as RecordRing;
    if (!this.sendLine.isEmpty) this.sendLine.serve(false);
    let record = ring.peek();
    if (record === undefined) {
      if (!this.#isFarGone(reason)) return undefined;
      // What it sent last came before its end, and may have come after the look at the ring.
      record = ring.peek();
      if (record === undefined) return END;
    }
    const length = record.end - record.start;
    if (length <= most) return record;
    record.segment?.close();
    throw new MessageTooLongError(`Cannot receive a message of ${length} bytes: maxLength is ${most}`);
  }

  take(message: Incoming): void {
    const ring = this.#in as RecordRing;
    const waiters = this.#farSendWaiters;
    const waited = waiters.announced;
    if (waited) waiters.beginNotify();
    try {
      ring.take(message as RingRecord);
      this.#wakeSenders();
    } finally {
      if (waited) waiters.endNotify();
    }
  }

  #wakeSenders(): void {
    const waiters = this.#farSendWaiters;
    if (waiters.announced && hasSpace(this.#in as RecordRing) && waiters.notify(1) === 0) waiters.settle();
  }

  stopReceiving(): void {
    this.#farSendWaiters.publish(1, () => this.#drop(this.#in));
  }

  handle(): HandleRecord {
    const { file } = this.#segment;
    const data: EndHandle = { file, side: this.#side, move: this.#end.nextMove };
    return {
      kind: 'connection',
      data,
      segment: file,
      move: {
        begin: (pin) => this.#end.begin(pin),
        sent: () => this.#release(),
        undo: () => this.#end.undo(),
      },
    };
  }

  close(): void {
    if (this.#segment.closed) return;
    const tables = [this.#farReceiveWaiters, this.#farSendWaiters];
    for (const waiters of tables) waiters.beginNotify();
    this.#end.close();
    for (const waiters of tables) {
      if (waiters.announced) waiters.notify(WAITERS_CAPACITY);
      waiters.endNotify();
    }
    // Only now, so that a sender that waits for space learns of the end instead of getting space.
    this.stopReceiving();
    this.#release();
  }

  drop(): void {
    this.close();
  }

  #release(): void {
    this.#shortWay.close();
    this.#out?.close();
    this.#in?.close();
    this.#segment.close();
  }

  /** Whether the other end has no owner any more; final. A look asks the system, at most every {@link LOOK_MS}. */
  #isFarGone(reason: Reason): boolean {
    if (this.#farEnd !== undefined) return true;
    if (this.#far.isClosed) this.#farEnd = 'is closed';
    else if (reason === LOOK) this.#look();
    return this.#farEnd !== undefined;
  }

  #look(): void {
    const now = performance.now();
    if (now < this.#lookAt) return;
    this.#lookAt = now + LOOK_MS;
    this.#farEnd = this.#far.fate;
    // Messages that a dead receiver left may hold on to segments. An end that is closed drops them itself, perhaps now.
    if (this.#farEnd !== undefined && !this.#far.isClosed) this.#drop(this.#out);
  }

  #drop(ring: RecordRing | undefined): void {
    for (let record = ring?.peek(); record !== undefined; record = ring?.peek()) {
      dropMessage(record.source.subarray(record.start, record.end), this.carrier);
      ring?.take(record);
    }
  }

  #nobodyReceives(): ClosedError {
    return new ClosedError(`Cannot send: the other end of the Connection ${this.farEnd}`);
  }
}

function hasSpace(ring: RecordRing): boolean {
  return ring.isEmpty || ring.bytes + ring.size * RECORD_BYTES < PIPE_BYTES;
}

/** Holds on to what travels in the messages of a pipe, except its own ends: no thread would be left to receive them. */
function carrierIn(segment: Segment): Carrier {
  const carrier = segmentCarrier(segment);
  return {
    ...carrier,
    shapes: new Shapes(new ShapeTable(segment, SHAPES, SHAPES_BYTES)),
    pin(file) {
      if (file !== segment.file) return carrier.pin(file);
      throw new SerializationError(
        'Cannot send a Connection over its own pipe: no thread could receive it there',
      );
    },
  };
}
