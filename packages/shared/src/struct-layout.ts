import type { SharedType } from './shared-type.ts';
import type { TypeName } from './type-names.ts';
import { typeNamed } from './types.ts';

/** The type of a field: of a value, of a fixed array of that many of them, or of a struct. */
export type FieldType = TypeName | Layout | readonly [type: TypeName | Layout, length: number];

/** The fields of a struct: their names and types, in the order in which they lie in memory. */
export interface Layout {
  readonly [field: string]: FieldType;
}

/** A field and where it lies: `offset` is that from the start of its struct. */
export interface Field {
  readonly name: string;
  readonly offset: number;
  /** Of an array of structs also the distance of two of them. */
  readonly size: number;
  /** How many there are, `undefined` = one that is no array. */
  readonly length: number | undefined;
  /** What one of them is. */
  readonly of: SharedType | Struct;
}

/** A layout with its places: each field begins at a multiple of its own size, as in C. */
export interface Struct {
  readonly fields: readonly Field[];
  readonly size: number;
  readonly alignment: number;
}

const DEPTH_MOST = 32;
/** Fields of all structs inside counted: each is a property of its own. */
const FIELDS_MOST = 100_000;
/** What a struct may have in bytes. */
const SIZE_MOST = 2 ** 32;

/** Whether a field is one of a struct's own fields, not a value. */
export function isStruct(of: SharedType | Struct): of is Struct {
  return 'fields' in of;
}

/**
 * Gives the fields of a layout their places.
 *
 * @throws TypeError, RangeError when it is none
 */
export function structOf(layout: unknown): Struct {
  let left = FIELDS_MOST;
  const place = (given: unknown, path: string, depth: number, times: number): Struct => {
    if (!isPlain(given)) throw new TypeError(`${path || 'The layout'} must be an object like { x: 'f64' }`);
    if (depth > DEPTH_MOST) throw new RangeError(`${path} must be nested at most ${DEPTH_MOST} levels deep`);
    const fields: Field[] = [];
    let end = 0;
    let alignment = 1;
    for (const name of Object.keys(given)) {
      if (name === '' || name.includes('.') || !name.isWellFormed())
        throw new RangeError(
          `A field's name must be text without '.', not ${JSON.stringify(name)}${path && ` in ${path}`}`,
        );
      left -= times;
      if (left < 0) throw new RangeError(`The layout must have at most ${FIELDS_MOST} fields`);
      const at = path === '' ? name : `${path}.${name}`;
      const type = given[name];
      const length = Array.isArray(type) ? lengthIn(type, at) : undefined;
      const element = Array.isArray(type) ? type[0] : type;
      const of =
        typeof element === 'object' && element !== null
          ? place(element, at, depth + 1, times * (length ?? 1))
          : typeOfField(element, at);
      const [size, align] = isStruct(of) ? [of.size, of.alignment] : [of.bytes, of.bytes];
      const offset = roundUp(end, align);
      fields.push({ name, offset, size, length, of });
      end = offset + size * (length ?? 1);
      alignment = Math.max(alignment, align);
      if (end > SIZE_MOST)
        throw new RangeError(`The layout must take at most ${SIZE_MOST} bytes: ${at} does not fit`);
    }
    if (fields.length === 0) throw new RangeError(`${path || 'The layout'} must have a field`);
    return { fields, size: roundUp(end, alignment), alignment };
  };
  return place(layout, '', 1, 1);
}

/** One line for each value, like `pos.x: f64` and `counts: u32[10]`: equal lines are equal layouts. */
export function linesOf(struct: Struct, path = ''): string[] {
  return struct.fields.flatMap(({ name, length, of }) => {
    const at = `${path}${name}`;
    const count = length === undefined ? '' : `[${length}]`;
    return isStruct(of) ? linesOf(of, `${at}${count}.`) : [`${at}: ${of.name}${count}`];
  });
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

function lengthIn(type: readonly unknown[], path: string): number {
  if (type.length !== 2)
    throw new TypeError(`${path} must be [type, length], not an array of ${type.length}`);
  const length = type[1];
  if (typeof length === 'number' && Number.isInteger(length) && length >= 1 && length <= SIZE_MOST)
    return length;
  const found = typeof length === 'number' ? length : `a ${typeof length}`;
  throw new RangeError(`The length of ${path} must be a whole number from 1 to ${SIZE_MOST}, not ${found}`);
}

function typeOfField(name: unknown, path: string): SharedType {
  try {
    return typeNamed(name);
  } catch (error) {
    throw new TypeError(`${path}: ${(error as Error).message}`, { cause: error });
  }
}

function roundUp(offset: number, alignment: number): number {
  return Math.ceil(offset / alignment) * alignment;
}
