import { type ListItem, ShareableList, SharedArray, SharedMap, SharedStruct, Value } from '@mp/shared';
import { leakCheck } from '@mp/testing';
import { expect, expectTypeOf, test } from 'vitest';

leakCheck();

test('TypeScript knows what each type is in JavaScript', async () => {
  const int = new Value('i32', 1);
  expectTypeOf(int.value).toEqualTypeOf<number>();
  expectTypeOf(int.update).returns.resolves.toEqualTypeOf<number>();
  const big = new Value('Q', 1);
  expectTypeOf(big.value).toEqualTypeOf<bigint>();
  expectTypeOf(big.add(1)).toEqualTypeOf<bigint>();
  const text = new Value('c', 65);
  expectTypeOf(text.value).toEqualTypeOf<string>();
  // @ts-expect-error there is no such type
  expect(() => new Value('i31')).toThrow(TypeError);
  // @ts-expect-error a number is no text
  expect(() => new Value('f64', '1')).toThrow(TypeError);

  const floats = new SharedArray('d', [1]);
  expectTypeOf(floats.view).toEqualTypeOf<Float64Array>();
  expectTypeOf(floats.slice()).toEqualTypeOf<Float64Array>();
  const bigs = new SharedArray('i64', 1);
  expectTypeOf(bigs.at(0)).toEqualTypeOf<bigint>();
  const letters = new SharedArray('u', 'abc');
  expectTypeOf(letters.slice()).toEqualTypeOf<string>();
  expectTypeOf(floats.updateSync(() => 'any')).toEqualTypeOf<string>();

  const struct = new SharedStruct({ a: 'i32', in: { b: 'u64' }, list: ['f32', 2] });
  expectTypeOf(struct.fields.in.b).toEqualTypeOf<bigint>();
  expectTypeOf(struct.fields.list).toEqualTypeOf<Float32Array>();
  expectTypeOf(struct.add('list.0', 1)).toEqualTypeOf<number>();
  expectTypeOf(struct.exchange('in.b', 1)).toEqualTypeOf<bigint>();
  // @ts-expect-error there is no such field
  expect(() => struct.add('none', 1)).toThrow(RangeError);
  // @ts-expect-error an array is not assigned as a whole
  const assign = () => (struct.fields.list = new Float32Array(2));
  expect(assign).toThrow(TypeError);

  const map = new SharedMap<string, { n: number }>();
  expectTypeOf(map.get('a')).toEqualTypeOf<{ n: number } | undefined>();
  expectTypeOf(map.entries).returns.toEqualTypeOf<Generator<[string, { n: number }], void, undefined>>();
  expectTypeOf(map.update).parameter(1).parameter(0).toEqualTypeOf<{ n: number } | undefined>();
  const list = new ShareableList([1]);
  expectTypeOf(list.at(0)).toEqualTypeOf<ListItem>();
  for (const each of [int, big, text, floats, bigs, letters, struct, map, list]) each.close();
});
