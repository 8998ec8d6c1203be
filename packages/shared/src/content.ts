import type { SharedType } from './shared-type.ts';

/** The largest segment that can be made. */
const SIZE_MOST = 2 ** 40;

/** What a new array is to hold. */
export interface Content {
  readonly length: number;
  /** Writes the elements at `offset`; left out: they are all 0. */
  readonly write?: (buffer: ArrayBuffer, offset: number) => void;
}

/**
 * Reads what the user gave as the content of an array.
 *
 * @param before bytes of the segment in front of the elements
 * @throws TypeError, RangeError when it is no size, and no iterable of values of the type
 */
export function contentOf(type: SharedType, content: unknown, before: number): Content {
  if (typeof content === 'number') {
    const most = Math.floor((SIZE_MOST - before) / type.bytes);
    if (Number.isInteger(content) && content >= 0 && content <= most) return { length: content };
    throw new RangeError(`The size must be a whole number from 0 to ${most}, not ${content}`);
  }
  // A typed array of the same class holds nothing but values of the type; not every number is a character.
  const own = type.view(new ArrayBuffer(0), 0, 0);
  if (type.name !== 'u' && content instanceof (own.constructor as typeof Int32Array)) {
    return {
      length: content.length,
      write: (buffer, offset) =>
        (type.view(buffer, offset, content.length) as Int32Array).set(content as Int32Array),
    };
  }
  const elements = elementsOf(type, content);
  return {
    length: elements.length,
    write: (buffer, offset) => {
      const into = type.operations(buffer, offset, elements.length);
      for (let at = 0; at < elements.length; at++) into.store(at, elements[at]);
    },
  };
}

function elementsOf(type: SharedType, content: unknown) {
  const isText = typeof content === 'string' && (type.name === 'c' || type.name === 'u');
  if (!isText && (content === null || typeof content !== 'object' || !(Symbol.iterator in content)))
    throw new TypeError('The content must be a size or an iterable of values of the type');
  return Array.from(content as Iterable<unknown>, (value, at) => type.check(value, `Element ${at}`));
}
