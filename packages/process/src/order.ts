import { Channel, type Pins } from '@mp/core/internal';
import { decode, encode } from '@mp/serde/internal';
import type { LogState } from './logging.ts';
import { ParentProcess } from './parent-process.ts';
import type { TaskRef } from './task.ts';

/** Rings of a starting channel: with control lines and header they fill one page. Larger orders grow it. */
const RING_BYTES = 1536;

/** The only record that a parent sends: what to do. */
export const ORDER = 1;
/** A record of a child: the error that ended it. The last one counts. */
export const FAILURE = 2;
/** A record of a thread: what its parent prints when it has ended. */
export const LAST_WORDS = 3;

/** An order may disappear before the death of its parent is visible: how long to wait for the latter, in milliseconds. */
const NEWS_WITHIN_MS = 1_000;

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

/** An order that was written for a child that is not started yet. */
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

/**
 * The channel that an order is in. An order disappears with the parent that gave it: this process then ends quietly, as
 * it would have a moment later.
 *
 * @param file what the parent's channel is called
 */
export async function openOrder(file: string): Promise<Channel> {
  try {
    return Channel.attach(file);
  } catch (error) {
    if (await new ParentProcess('', process.ppid).join({ timeout: NEWS_WITHIN_MS })) process.exit(1);
    throw error;
  }
}

/** Takes the next record of the other end, if there is one. */
export function takeRecord(channel: Channel): { flags: number; value: unknown } | undefined {
  const record = channel.peek();
  if (record === undefined) return undefined;
  const { flags } = record;
  const bytes = Buffer.from(record.source.subarray(record.start, record.end));
  channel.take(record);
  return { flags, value: decode(bytes, channel.carrier) };
}
