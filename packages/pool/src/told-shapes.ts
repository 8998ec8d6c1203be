import { type Carrier, type Channel, type RingRecord, Shapes, ShapeTable } from '@mp/core/internal';

/*
 * A pool and its workers have no memory in which both could add shapes of objects: a job is encoded before it is known
 * which worker gets it. So each side has a table of its own for what it sends, and tells the other side what is new in it
 * before it sends the message that uses it.
 */
const TABLE_BYTES = 8 << 10;

/** Shapes of objects that one side sends, as that side or the other one has them. */
export class ToldShapes {
  readonly shapes: Shapes;
  readonly #table: ShapeTable;

  constructor() {
    const bytes = new Uint8Array(TABLE_BYTES);
    this.#table = new ShapeTable({ words: new Int32Array(bytes.buffer), bytes }, 0, TABLE_BYTES);
    this.shapes = new Shapes(this.#table);
  }

  /** How many bytes there are to tell. */
  get end(): number {
    return this.#table.end;
  }

  /** Tells the other side what was added behind `told`. @returns what it knows then */
  tell(channel: Channel, flags: number, told: number): number {
    const { end } = this.#table;
    if (end !== told) channel.lay(this.#table.read(told, end) as Buffer, flags);
    return end;
  }

  /** The other side has told this. */
  learn({ source, start, end }: RingRecord): void {
    this.#table.add(Buffer.from(source.subarray(start, end)), this.#table.end);
  }

  /** A carrier for messages that use these shapes. */
  on(carrier: Carrier): Carrier {
    return { ...carrier, shapes: this.shapes };
  }
}
