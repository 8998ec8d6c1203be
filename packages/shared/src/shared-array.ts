import { MpError } from '@mp/core';
import {
  BODY,
  checkOptions,
  HANDLE,
  type HandleRecord,
  type Opened,
  openPrimitive,
  Primitive,
  registerHandle,
  Segment,
} from '@mp/core/internal';
import { Lock } from '@mp/lock';
import { initLock, LOCK_WORDS } from '@mp/lock/internal';
import {
  type Operations,
  type SharedType,
  type TypedArrayOf,
  type TypeName,
  typeNamed,
  typeOfCode,
  type ValueOf,
} from './types.ts';

/*
 * The body of an array: a Lock, then on a line of its own
 *
 *   TYPE     number of the type of its elements
 *   LENGTH   number of its elements, as a float
 *
 * and from the next line on the elements.
 */
const TYPE = BODY + LOCK_WORDS;
const LENGTH_F64 = (TYPE + 2) / 2;
const DATA_BYTE = (TYPE + 16) * 4;
const VERSION = 1;

/** What a new {@link SharedArray} may be told. */
export interface SharedArrayOptions {
  /** Shares it with every process of this user that uses the same name: 1 to 100 of `A-Z a-z 0-9 . _ -`. */
  name?: string;
}

/**
 * Numbers in shared memory: `multiprocessing.Array` of Python.
 *
 * `view` is a typed array over the shared pages. Unlike Python's, single changes need no lock: `add`, `exchange` and
 * `compareExchange` are atomic. Closing it empties `view`.
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
 * console.log([...loads]); // [ 1.5, 3.5 ]
 * loads.close();
 * ```
 */
export class SharedArray<N extends TypeName = TypeName> extends Primitive {
  readonly #type: SharedType;
  readonly #operations: Operations<ValueOf<N>>;
  readonly #view: TypedArrayOf<N>;
  #lock: Lock | undefined;

  /**
   * @param type name of the type of the elements
   * @param content how many elements, which are 0 then, or the elements; ignored but for its length when a named one
   * exists
   * @param options `name` to share it with unrelated processes
   * @param received only for `@mp`: the segment of an array that came in a message
   * @throws TypeError, RangeError when the type, the name, the size, or an element is none
   * @throws MpError `ERR_MP_MISMATCH` when the name belongs to something else, `ERR_MP_NO_SPACE`
   */
  constructor(
    type: N,
    content: number | Iterable<ValueOf<N> | number>,
    options: SharedArrayOptions = {},
    received?: Segment,
  ) {
    const named = typeNamed(type);
    super(received ? { segment: received, created: false } : open(named, content, options));
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
    return (this.#view as Int32Array).length;
  }

  /** A typed array over the shared pages. It is empty after `close()`. */
  get view(): TypedArrayOf<N> {
    this.assertOpen();
    return this.#view;
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
  set(index: number, value: ValueOf<N>): void {
    this.#operations.store(this.#index(index), this.#checked(value, 'The element'));
  }

  /** Adds to an element, at once for everybody. Integers wrap around. @returns the value before */
  add(index: number, delta: ValueOf<N>): ValueOf<N> {
    return this.#operations.add(this.#index(index), this.#type.checkSummand(delta) as ValueOf<N>);
  }

  /** Assigns an element, at once for everybody. @returns the value before */
  exchange(index: number, value: ValueOf<N>): ValueOf<N> {
    return this.#operations.exchange(this.#index(index), this.#checked(value, 'The element'));
  }

  /** Sets an element to `value` if it is `expected`, at once for everybody. @returns the value before */
  compareExchange(index: number, expected: ValueOf<N>, value: ValueOf<N>): ValueOf<N> {
    return this.#operations.compareExchange(
      this.#index(index),
      this.#checked(expected, 'The expected value'),
      this.#checked(value, 'The element'),
    );
  }

  /** Its elements, each read in one step; others may change the rest meanwhile. */
  *[Symbol.iterator](): Generator<ValueOf<N>, void, undefined> {
    for (let index = 0; index < this.length; index++) yield this.at(index);
  }

  /** The lock that belongs to it, for changes of more than one step: Python's `get_lock()`. */
  get lock(): Lock {
    this.assertOpen();
    return (this.#lock ??= new Lock({}, Segment.attach(this.segment.file, 'array', VERSION)));
  }

  /** @internal */
  [HANDLE](): HandleRecord {
    this.assertOpen();
    return { kind: 'array', data: this.segment.file, segment: this.segment.file };
  }

  #index(index: number): number {
    const { length } = this;
    if (typeof index !== 'number') throw new TypeError(`index must be a number, not a ${typeof index}`);
    const at = index < 0 ? length + index : index;
    if (Number.isInteger(at) && at >= 0 && at < length) return at;
    throw new RangeError(`index must be a whole number from ${-length} to ${length - 1}, not ${index}`);
  }

  #checked(value: ValueOf<N>, what: string): ValueOf<N> {
    return this.#type.check(value, what) as ValueOf<N>;
  }

  /** @internal */
  protected override endWaits(): void {
    this.#lock?.close();
  }
}

function open(type: SharedType, content: unknown, options: SharedArrayOptions): Opened {
  checkOptions(options, '{ name }');
  const elements = elementsOf(type, content);
  const length = elements?.length ?? (content as number);
  const size = DATA_BYTE + length * type.bytes;
  const opened = openPrimitive(
    options,
    {
      kind: 'array',
      version: VERSION,
      size,
      initialBytes: elements === undefined ? DATA_BYTE : size,
      fill: (views) => {
        initLock(views);
        views.words[TYPE] = type.code;
        views.floats[LENGTH_F64] = length;
        if (elements === undefined) return;
        const into = type.operations(views.bytes.buffer as ArrayBuffer, DATA_BYTE, length);
        for (let at = 0; at < length; at++) into.store(at, elements[at]);
      },
    },
    ({ words, floats }) => [
      { name: 'type', asked: type.name, found: typeOfCode(words[TYPE])?.name ?? 'unknown' },
      { name: 'length', asked: length, found: floats[LENGTH_F64] },
    ],
  );
  checkedType(opened.segment);
  return opened;
}

/** The elements that were asked for; `undefined` when it was a size. */
function elementsOf(type: SharedType, content: unknown): (number | bigint)[] | undefined {
  if (typeof content === 'number') {
    const most = Math.floor((Number.MAX_SAFE_INTEGER - DATA_BYTE) / type.bytes);
    if (Number.isInteger(content) && content >= 0 && content <= most) return undefined;
    throw new RangeError(`The size must be a whole number from 0 to ${most}, not ${content}`);
  }
  if (content === null || typeof content !== 'object' || !(Symbol.iterator in content))
    throw new TypeError('The content must be a size or an iterable of numbers');
  return Array.from(content as Iterable<unknown>, (value, at) => type.check(value, `Element ${at}`));
}

/** The type of an array's elements. @throws MpError `ERR_MP_MISMATCH` when its head is damaged; it is closed then */
function checkedType(segment: Segment): SharedType {
  const { file, words, floats, bytes } = segment;
  const type = bytes.length < DATA_BYTE ? undefined : typeOfCode(words[TYPE]);
  const length = floats[LENGTH_F64];
  if (type !== undefined && Number.isInteger(length) && length >= 0) {
    if (DATA_BYTE + length * type.bytes <= bytes.length) return type;
  }
  segment.close(false);
  throw new MpError('ERR_MP_MISMATCH', `Cannot open the SharedArray in ${file}: its head is damaged`);
}

registerHandle('array', {
  package: '@mp/shared',
  decode: (file) => {
    if (typeof file !== 'string')
      throw new MpError('ERR_MP_MISMATCH', 'Cannot open a SharedArray: its handle is damaged');
    const segment = Segment.attach(file, 'array', VERSION);
    return new SharedArray(checkedType(segment).name, 0, {}, segment);
  },
});
