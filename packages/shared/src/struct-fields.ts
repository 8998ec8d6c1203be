import type { Operations, Scalar, SharedType } from './shared-type.ts';
import { type Field, type FieldType, isStruct, type Layout, type Struct } from './struct-layout.ts';
import type { TypedArrayOf, TypeName, ValueOf } from './type-names.ts';

/** What a field is in JavaScript. */
export type FieldOf<F extends FieldType> = F extends TypeName
  ? ValueOf<F>
  : F extends readonly [infer E, number]
    ? E extends TypeName
      ? TypedArrayOf<E>
      : E extends Layout
        ? readonly FieldsOf<E>[]
        : never
    : F extends Layout
      ? FieldsOf<F>
      : never;

/** The fields of a struct: values can be assigned, arrays and structs inside have parts that can. */
export type FieldsOf<L extends Layout> = {
  -readonly [K in keyof L as L[K] extends TypeName ? K : never]: FieldOf<L[K]>;
} & {
  readonly [K in keyof L as L[K] extends TypeName ? never : K]: FieldOf<L[K]>;
};

/** The values of a struct by their paths: `hits`, `pos.x`, `counts.3`, `players.0.score`. */
export type PathOf<L extends Layout> = { [K in keyof L & string]: PathIn<K, L[K]> }[keyof L & string];

type PathIn<K extends string, F> = F extends TypeName
  ? K
  : F extends readonly [infer E, number]
    ? E extends TypeName
      ? `${K}.${number}`
      : E extends Layout
        ? `${K}.${number}.${PathOf<E>}`
        : never
    : F extends Layout
      ? `${K}.${PathOf<F>}`
      : never;

/** Name of the type of the value at a path. */
export type TypeAt<F, P extends string> = F extends readonly [infer E, number]
  ? P extends `${number}.${infer Rest}`
    ? TypeAt<E, Rest>
    : E
  : F extends Layout
    ? P extends keyof F
      ? F[P]
      : P extends `${infer K}.${infer Rest}`
        ? K extends keyof F
          ? TypeAt<F[K], Rest>
          : never
        : never
    : never;

/** A value in a struct: its type, and what can be done with it. */
export interface Leaf {
  readonly type: SharedType;
  readonly operations: Operations<Scalar>;
}

/** Where the fields of a struct lie, and what is asked before each use. */
export interface Place {
  readonly buffer: ArrayBuffer;
  assertOpen(): void;
}

/** The object by which the fields of `struct` are read and assigned, each in one step. */
export function fieldsOf(struct: Struct, place: Place, at: number): object {
  const properties: PropertyDescriptorMap = Object.create(null);
  for (const field of struct.fields) {
    const start = at + field.offset;
    properties[field.name] =
      isStruct(field.of) || field.length !== undefined
        ? { value: partsOf(field, place, start), enumerable: true }
        : accessor(field.of, field.name, place, start);
  }
  // Without a prototype, so that no name is taken; sealed, so that a wrong name is an error in strict code.
  return Object.freeze(Object.create(null, properties));
}

function accessor(type: SharedType, name: string, place: Place, at: number): PropertyDescriptor {
  const operations = type.operations(place.buffer, at);
  return {
    enumerable: true,
    get: () => {
      place.assertOpen();
      return operations.load(0);
    },
    set: (value: unknown) => {
      place.assertOpen();
      operations.store(0, type.check(value, name));
    },
  };
}

function partsOf({ of, length, size }: Field, place: Place, at: number): object {
  if (!isStruct(of)) return of.view(place.buffer, at, length as number) as object;
  if (length === undefined) return fieldsOf(of, place, at);
  return Object.freeze(Array.from({ length }, (_, index) => fieldsOf(of, place, at + index * size)));
}

/** The value at `path`. @throws RangeError when there is none */
export function leafAt(struct: Struct, place: Place, at: number, path: string): Leaf {
  if (typeof path !== 'string')
    throw new TypeError(`The path of a field must be a string, not a ${typeof path}`);
  const steps = path.split('.');
  let part: SharedType | Struct = struct;
  for (let step = 0; step < steps.length; step++) {
    if (!isStruct(part)) throw noField(path);
    const field: Field | undefined = part.fields.find(({ name }) => name === steps[step]);
    if (field === undefined) throw noField(path);
    at += field.offset;
    part = field.of;
    if (field.length === undefined) continue;
    const index = /^\d+$/.test(steps[++step] ?? '') ? Number(steps[step]) : field.length;
    if (index >= field.length) throw noField(path, field);
    at += index * field.size;
  }
  if (isStruct(part)) throw noField(path);
  return { type: part, operations: part.operations(place.buffer, at) };
}

function noField(path: string, array?: Field): RangeError {
  const expected =
    array === undefined
      ? 'name a value of the layout, like pos.x'
      : `${array.name} wants an index from 0 to ${(array.length as number) - 1}`;
  return new RangeError(`There is no value ${JSON.stringify(path)} in this struct: ${expected}`);
}
