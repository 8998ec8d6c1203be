import { character } from './characters.ts';
import { float } from './floats.ts';
import { bigInteger, integer } from './integers.ts';
import type { SharedType } from './shared-type.ts';

/*
 * The types of shared values and their Python codes. Every change is one atomic step, so a process that is killed leaves
 * the old value or the new one.
 */
const TYPES: readonly SharedType[] = [
  integer('i8', 1, (buffer, at, length) => new Int8Array(buffer, at, length)),
  integer('u8', 2, (buffer, at, length) => new Uint8Array(buffer, at, length)),
  integer('i16', 3, (buffer, at, length) => new Int16Array(buffer, at, length)),
  integer('u16', 4, (buffer, at, length) => new Uint16Array(buffer, at, length)),
  integer('i32', 5, (buffer, at, length) => new Int32Array(buffer, at, length)),
  integer('u32', 6, (buffer, at, length) => new Uint32Array(buffer, at, length)),
  bigInteger('i64', 7),
  bigInteger('u64', 8),
  float('f32', 9),
  float('f64', 10),
  character('c', 11),
  character('u', 12),
];

/** As C has them on 64-bit Linux, where Python takes its sizes from. */
const PYTHON: Record<string, string> = {
  b: 'i8',
  B: 'u8',
  h: 'i16',
  H: 'u16',
  i: 'i32',
  I: 'u32',
  l: 'i64',
  L: 'u64',
  q: 'i64',
  Q: 'u64',
  f: 'f32',
  d: 'f64',
};

/** The type that the user names. @throws TypeError when there is none of that name */
export function typeNamed(name: unknown): SharedType {
  const found = TYPES.find((type) => type.name === name || type.name === PYTHON[String(name)]);
  if (typeof name === 'string' && found !== undefined) return found;
  const known = TYPES.map((type) => type.name).join(', ');
  const given = typeof name === 'string' ? JSON.stringify(name) : name === null ? 'null' : `a ${typeof name}`;
  throw new TypeError(`The type must be one of ${known}, or a code of Python like 'i' or 'd'; not ${given}`);
}

/** The type with a segment's number. */
export function typeOfCode(code: number | undefined): SharedType | undefined {
  return TYPES.find((type) => type.code === code);
}
