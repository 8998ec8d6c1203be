import { type Carrier, Shapes, ShapeTable } from '@mp/core/internal';
import { encode } from '@mp/serde/internal';
import { NO_CARRIER } from './carrier.ts';

export const TABLE_BYTES = 4096;

export type Memory = { words: Int32Array; bytes: Uint8Array };

export function memory(): Memory {
  const buffer = new ArrayBuffer(TABLE_BYTES);
  return { words: new Int32Array(buffer), bytes: new Uint8Array(buffer) };
}

/** One user of a carrier whose shapes are in `views`: it knows of them what it has seen. */
export function user(views: Memory): Carrier {
  return { ...NO_CARRIER, shapes: new Shapes(new ShapeTable(views, 0, TABLE_BYTES)) };
}

export function sent(value: unknown, by: Carrier): Buffer {
  return Buffer.from(encode(value, by).bytes);
}
