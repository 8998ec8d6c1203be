import {
  checkOptions,
  checkParameters,
  HANDLE,
  type HandleRecord,
  type Opened,
  openPrimitive,
  registerHandle,
  Segment,
} from '@mp/core/internal';
import type { Guard } from '@mp/lock';
import { textOf } from './characters.ts';
import { contentOf } from './content.ts';
import { ARRAY } from './layout.ts';
import {
  checkLock,
  initLocked,
  Locked,
  type LockedOptions,
  lockOf,
  readLockedData,
  refuseDamaged,
} from './locked.ts';
import type { Operations, SharedType } from './shared-type.ts';
import type { CharacterType, InputOf, TypedArrayOf, TypeName, ValueOf } from './type-names.ts';
import { typeNamed, typeOfCode } from './types.ts';

const { VERSION, TYPE, LENGTH_F64, DATA_BYTE } = ARRAY;

/** What a new {@link SharedArray} may be told. */
export interface SharedArrayOptions extends LockedOptions {}

/** What a part of an array is when it is copied: a typed array, or text where the elements are characters. */
export type SliceOf<N extends TypeName> = N extends CharacterType ? string : TypedArrayOf<N>;

/**
 * Numbers in shared memory: `multiprocessing.Array` of Python.
 *
 * `view` is a typed array over the shared pages: existing numeric code runs on it, at its usual speed. Unlike Python's,
 * single changes need no lock: `add`, `exchange`, `compareExchange` and their like are atomic. Closing it empties `view`.
 *
 * @typeParam N name of the type: `'i32'`, `'f64'`, …, or Python's code for it
 *
 * @example
 * ```js
 * import { SharedArray } from '@mp/shared';
 *
 * const loads = new SharedArray('f64', [0.5, 1.5]);
 * loads.view[0] += 1; // as fast as private memory, and not atomic
 * loads.add(1, 2); // atomic
 * await loads.update((view) => view.reverse()); // nobody else's update comes in between
 * console.log([...loads]); // [ 3.5, 1.5 ]
 * loads.close();
 * ```
 */
export class SharedArray<N extends TypeName = TypeName> extends Locked {
  readonly #type: SharedType;
  readonly #operations: Operations<ValueOf<N>>;
  readonly #view: TypedArrayOf<N>;

  /**
   * @param type name of the type of the elements
   * @param content how many elements, which are 0 then, or the elements, or text where they are characters. Of a named
   * one that exists only their number counts; left out: that one, which has to exist
   * @param options `name` to share it with unrelated processes; `lock` to share a lock, or to have none
   * @param received only for `@mp`: the segment of an array that came in a message
   * @throws TypeError, RangeError when the type, the name, the lock, the size, or an element is none
   * @throws MpError `ERR_MP_MISMATCH` when the name belongs to something else, or to one of another type, length or
   * lock; `ERR_MP_NOT_FOUND` when content was left out and there is none; `ERR_MP_NO_SPACE`
   */
  constructor(
    type: N,
    content?: number | Iterable<InputOf<N>>,
    options: SharedArrayOptions = {},
    received?: Segment,
  ) {
    const named = typeNamed(type);
    const opened = received ? { segment: received, created: false } : open(named, content, options);
    super(opened, options.lock, received !== undefined);
    this.#type = named;
    const { buffer } = this.segment;
    const length = this.segment.floats[LENGTH_F64];
    this.#operations = named.operations(buffer, DATA_BYTE, length) as unknown as Operations<ValueOf<N>>;
    this.#view = named.view(buffer, DATA_BYTE, length) as TypedArrayOf<N>;
  }

  /** Name of the type of its elements, like `'i32'`. */
  get type(): string {
    return this.#type.name;
  }

  /** Number of its elements. It never changes. */
  get length(): number {
    this.assertOpen();
    return this.#view.length;
  }

  /**
   * A typed array over the shared pages; of characters, their codes. It is empty after `close()`. A change of it is not
   * atomic, and seen by the others at some time soon.
   */
  get view(): TypedArrayOf<N> {
    this.assertOpen();
    return this.#view;
  }

  /**
   * The text in an array of characters: up to the first U+0000, as Python's `value`. Assigning it fills the rest with
   * U+0000.
   *
   * @throws TypeError when the elements are numbers; RangeError when the text is longer than the array
   */
  get value(): string {
    const codes = this.#characters();
    const end = codes.indexOf(0);
    return textOf(end < 0 ? codes : codes.subarray(0, end));
  }

  set value(text: string) {
    const codes = this.#characters();
    if (typeof text !== 'string') throw new TypeError(`The value must be a string, not a ${typeof text}`);
    const added = Array.from(text, (each) => (this.#checked(each, 'A character') as string).codePointAt(0)!);
    if (added.length > codes.length)
      throw new RangeError(`The value must have at most ${codes.length} characters, not ${added.length}`);
    codes.set(added);
    codes.fill(0, added.length);
  }

  /**
   * The element at `index`, read in one step; a negative index counts from the end.
   *
   * @throws RangeError when there is no such element
   */
  at(index: number): ValueOf<N> {
    return this.#operations.load(this.#index(index));
  }

  /** Assigns an element in one step. @throws TypeError, RangeError when the index or the value is none */
  set(index: number, value: InputOf<N>): void {
    this.#operations.store(this.#index(index), this.#checked(value, 'The element'));
  }

  /** Adds to an element, at once for everybody. Integers wrap around. @returns the value before */
  add(index: number, operand: InputOf<N>): ValueOf<N> {
    return this.#operations.add(this.#index(index), this.#operand(operand));
  }

  /** Subtracts from an element, at once for everybody. Integers wrap around. @returns the value before */
  sub(index: number, operand: InputOf<N>): ValueOf<N> {
    return this.#operations.sub(this.#index(index), this.#operand(operand));
  }

  /** Clears the bits of an integer that the operand does not have, at once for everybody. @returns the value before */
  and(index: number, operand: InputOf<N>): ValueOf<N> {
    return this.#operations.and(this.#index(index), this.#operand(operand));
  }

  /** Sets the bits of an integer that the operand has, at once for everybody. @returns the value before */
  or(index: number, operand: InputOf<N>): ValueOf<N> {
    return this.#operations.or(this.#index(index), this.#operand(operand));
  }

  /** Flips the bits of an integer that the operand has, at once for everybody. @returns the value before */
  xor(index: number, operand: InputOf<N>): ValueOf<N> {
    return this.#operations.xor(this.#index(index), this.#operand(operand));
  }

  /** Assigns an element, at once for everybody. @returns the value before */
  exchange(index: number, value: InputOf<N>): ValueOf<N> {
    return this.#operations.exchange(this.#index(index), this.#checked(value, 'The element'));
  }

  /** Sets an element to `value` if it is `expected`, at once for everybody. @returns the value before */
  compareExchange(index: number, expected: InputOf<N>, value: InputOf<N>): ValueOf<N> {
    return this.#operations.compareExchange(
      this.#index(index),
      this.#checked(expected, 'The expected value'),
      this.#checked(value, 'The element'),
    );
  }

  /**
   * A private copy of the elements from `start` to before `end`, by the rules of `Array.prototype.slice`. Others may
   * change them meanwhile; hold {@link SharedArray.lock} where that matters.
   */
  slice(start?: number, end?: number): SliceOf<N> {
    this.assertOpen();
    if (this.#isText) return textOf(this.#characters().subarray(start, end)) as SliceOf<N>;
    return this.#view.slice(start, end) as SliceOf<N>;
  }

  /**
   * Assigns `value` to the elements from `start` to before `end`, one after the other.
   *
   * @returns this array
   */
  fill(value: InputOf<N>, start?: number, end?: number): this {
    this.assertOpen();
    const checked = this.#checked(value, 'The element') as number | bigint | string;
    const raw = typeof checked === 'string' ? checked.codePointAt(0) : checked;
    (this.#view as Int32Array).fill(raw as number, start, end);
    return this;
  }

  /** Its elements, each read in one step; others may change the rest meanwhile. */
  *[Symbol.iterator](): Generator<ValueOf<N>, void, undefined> {
    for (let index = 0; index < this.length; index++) yield this.at(index);
  }

  /**
   * Changes several elements, under {@link SharedArray.lock}: nobody else's `update` comes in between. A process that is
   * killed in the middle leaves what it has changed; the next one's guard says `recovered`.
   *
   * @param change is given the view, and the guard that holds the lock
   * @returns what `change` returned
   * @throws TypeError when it was made with `lock: false`
   */
  update<T>(change: (view: TypedArrayOf<N>, guard: Guard) => T | PromiseLike<T>): Promise<T> {
    return this.locked((guard) => change(this.view, guard));
  }

  /**
   * Like {@link SharedArray.update} but blocks the thread until it has the lock.
   *
   * @throws DeadlockError `ERR_MP_DEADLOCK` when this thread holds the lock
   */
  updateSync<T>(change: (view: TypedArrayOf<N>, guard: Guard) => T): T {
    return this.lockedSync((guard) => change(this.view, guard));
  }

  /** @internal */
  [HANDLE](): HandleRecord {
    return { kind: 'array', data: this.lockedData, segment: this.segment.file };
  }

  get #isText(): boolean {
    return this.#type.name === 'c' || this.#type.name === 'u';
  }

  #characters(): Uint8Array | Uint32Array {
    this.assertOpen();
    if (this.#isText) return this.#view as Uint8Array | Uint32Array;
    throw new TypeError(
      `A SharedArray of ${this.#type.name} has no text as its value: use its elements, or view`,
    );
  }

  #index(index: number): number {
    const { length } = this;
    if (typeof index !== 'number') throw new TypeError(`index must be a number, not a ${typeof index}`);
    const at = index < 0 ? length + index : index;
    if (Number.isInteger(at) && at >= 0 && at < length) return at;
    throw new RangeError(`index must be a whole number from ${-length} to ${length - 1}, not ${index}`);
  }

  #checked(value: unknown, what: string): ValueOf<N> {
    return this.#type.check(value, what) as ValueOf<N>;
  }

  #operand(operand: unknown): ValueOf<N> {
    return this.#type.checkOperand(operand) as ValueOf<N>;
  }
}

function open(type: SharedType, content: unknown, options: SharedArrayOptions): Opened {
  checkOptions(options, 'SharedArray', ['name', 'lock']);
  checkLock(options.lock, 'SharedArray');
  const parameters = (segment: Segment, length?: number) => [
    { name: 'type', asked: type.name, found: checkedType(segment).name },
    { name: 'length', asked: length, found: segment.floats[LENGTH_F64] },
    lockOf(segment, options.lock),
  ];
  if (content === undefined && options.name !== undefined) {
    const segment = Segment.findNamed(options.name, 'array', VERSION);
    checkParameters(segment, parameters(segment));
    return { segment, created: false };
  }
  const { length, write } = contentOf(type, content, DATA_BYTE);
  const size = DATA_BYTE + length * type.bytes;
  return openPrimitive(
    options,
    {
      kind: 'array',
      version: VERSION,
      size,
      initialBytes: write === undefined ? DATA_BYTE : size,
      fill: (views) => {
        initLocked(views, options.lock);
        views.words[TYPE] = type.code;
        views.floats[LENGTH_F64] = length;
        write?.(views.bytes.buffer as ArrayBuffer, DATA_BYTE);
      },
    },
    (segment) => parameters(segment, length),
  );
}

/** The type of an array's elements. @throws MpError `ERR_MP_MISMATCH` when its file is damaged; it is closed then */
function checkedType(segment: Segment): SharedType {
  const { words, floats, bytes } = segment;
  const type = bytes.length < DATA_BYTE ? undefined : typeOfCode(words[TYPE]);
  const length = floats[LENGTH_F64];
  if (type !== undefined && Number.isInteger(length) && length >= 0) {
    if (DATA_BYTE + length * type.bytes <= bytes.length) return type;
  }
  return refuseDamaged(segment, 'SharedArray', 'its type or length is damaged');
}

registerHandle('array', {
  package: '@mp/shared',
  decode: (data) => {
    const [file, options] = readLockedData(data, 'SharedArray');
    const segment = Segment.attach(file, 'array', VERSION);
    return new SharedArray(checkedType(segment).name, 0, options, segment);
  },
});
