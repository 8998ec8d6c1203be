import { Channel, type Pins } from '@mp/core/internal';
import { decode, encode } from '@mp/serde/internal';
import type { LogState } from './logging.ts';
import type { TaskRef } from './task.ts';

/** Rings of a starting channel: with control lines and header they fill one page. Larger orders grow it. */
const RING_BYTES = 1536;

/** The only record a parent sends: what to do. */
export const ORDER = 1;
/** The only record a child sends: the error that ended it. */
export const FAILURE = 2;

/** What a parent tells a child before it starts; `args` and `fields` are read once their modules are imported. */
export interface Order {
  name: string;
  daemon: boolean;
  /** 1:2 = the second child of the first child. */
  lineage: number[];
  parent: { pid: number; name: string };
  log: LogState;
  /** URL of the script of the first process. */
  entry: string | undefined;
  /** The class, when it is one of the user's. */
  subclass: TaskRef | undefined;
  target: TaskRef | undefined;
  args: Uint8Array;
  fields: Uint8Array;
}

/** An order with the values that travel in it. */
export interface OrderPlan extends Omit<Order, 'args' | 'fields'> {
  args: readonly unknown[];
  fields: Record<string, unknown>;
}

/** An order that was written, for a child that is yet to be started. */
export class MadeOrder {
  readonly channel = Channel.create(RING_BYTES);
  readonly #pins: Pins[] = [];

  /**
   * Writes an order where a child can read it, and pins what its arguments mention.
   *
   * @throws SerializationError with the path of what cannot be sent, like `args[0].callback`
   */
  constructor(plan: OrderPlan) {
    try {
      const order: Order = {
        ...plan,
        args: this.#encode(plan.args, 'args'),
        fields: this.#encode(plan.fields, 'this'),
      };
      this.channel.send(encode(order, this.channel.carrier, 'order').bytes, ORDER);
    } catch (error) {
      this.drop();
      throw error;
    }
  }

  /** The child was started. */
  sent(): void {
    for (const pins of this.#pins) pins.sent();
  }

  /** There will be no child. */
  drop(): void {
    for (const pins of this.#pins) pins.drop();
    this.channel.close();
  }

  #encode(values: unknown, root: string): Uint8Array {
    const { bytes, pins } = encode(values, this.channel.carrier, root);
    this.#pins.push(pins);
    return new Uint8Array(bytes);
  }
}

/** Reads the one record of the other end, if it is there. */
export function readRecord(channel: Channel, flags: number): unknown {
  const record = channel.peek();
  if (record === undefined || record.flags !== flags) return undefined;
  const bytes = Buffer.from(record.source.subarray(record.start, record.end));
  channel.take(record);
  return decode(bytes, channel.carrier);
}
