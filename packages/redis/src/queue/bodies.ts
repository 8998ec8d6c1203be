import { SerializationError } from '@mp/core';
import { toBytes } from '../message.ts';
import type { Session } from '../session.ts';
import { kindOf } from './queue-options.ts';

/**
 * The bytes of what is put.
 *
 * @param isBatch whether errors name the places of items
 * @throws TypeError when `items` is no array
 * @throws SerializationError `ERR_MP_SERIALIZATION` with the path of what cannot be sent
 */
export function bodiesOf(session: Session, items: readonly unknown[], isBatch: boolean): Buffer[] {
  if (!isBatch) return [bodyOf(session, items[0], 'item')];
  if (!Array.isArray(items))
    throw new TypeError(`items must be an array, not ${kindOf(items).replace(/^an? /, '')}`);
  return Array.from(items, (item, index) => bodyOf(session, item, `items[${index}]`));
}

function bodyOf(session: Session, item: unknown, path: string): Buffer {
  if (item === undefined)
    throw new SerializationError(
      `Cannot send ${path}: it is undefined, which means "nothing". Send null`,
      path,
    );
  return toBytes(session, item, path);
}
