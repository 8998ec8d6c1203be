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
  type SegmentPlan,
} from '@mp/core/internal';
import { Lock } from '@mp/lock';
import { initLock, LOCK_WORDS } from '@mp/lock/internal';
import {
  type Operations,
  type SharedType,
  type TypeName,
  typeNamed,
  typeOfCode,
  type ValueOf,
} from './types.ts';

/*
 * The body of a value: a Lock, then on a line of its own
 *
 *   TYPE     number of its type
 *   NUMBER   8 bytes, of which the type uses the first
 */
const TYPE = BODY + LOCK_WORDS;
const NUMBER = TYPE + 2;
const VERSION = 1;
const BYTES = (NUMBER + 2) * 4;

/** What a new {@link Value} may be told. */
export interface ValueOptions {
  /** Shares it with every process of this user that uses the same name: 1 to 100 of `A-Z a-z 0-9 . _ -`. */
  name?: string;
}

/**
 * A number in shared memory: `multiprocessing.Value` of Python.
 *
 * Unlike there, every method is one atomic step: `add` needs no lock. Reading and assigning `value` separately, as in
 * `n.value += 1`, is two steps; use `add`, `compareExchange` or `update`. `i64` and `u64` are `bigint`.
 *
 * @typeParam N name of the type: `'i32'`, `'f64'`, …, or Python's code for it
 *
 * @example
 * ```js
 * import { Value } from '@mp/shared';
 *
 * const hits = new Value('i32', 0);
 * hits.add(1);
 * await hits.update((n) => n * 2);
 * console.log(hits.value); // 2
 * hits.close();
 * ```
 */
export class Value<N extends TypeName = TypeName> extends Primitive {
  readonly #type: SharedType;
  readonly #operations: Operations<ValueOf<N>>;
  #lock: Lock | undefined;

  /**
   * @param type name of the type
   * @param initial first value, 0 if left out; ignored when a named one exists
   * @param options `name` to share it with unrelated processes
   * @param received only for `@mp`: the segment of a value that came in a message
   * @throws TypeError, RangeError when the type, the name, or the first value is none
   * @throws MpError `ERR_MP_MISMATCH` when the name belongs to something else, `ERR_MP_NO_SPACE`
   */
  constructor(type: N, initial?: ValueOf<N> | number, options: ValueOptions = {}, received?: Segment) {
    const named = typeNamed(type);
    super(received ? { segment: received, created: false } : open(named, initial, options));
    this.#type = named;
    this.#operations = named.operations(this.segment.buffer, NUMBER * 4) as unknown as Operations<ValueOf<N>>;
  }

  /** Name of its type, like `'i32'`. */
  get type(): string {
    return this.#type.name;
  }

  /** The number now; assigning it is one atomic store. */
  get value(): ValueOf<N> {
    this.assertOpen();
    return this.#operations.load(0);
  }

  set value(value: ValueOf<N>) {
    this.assertOpen();
    this.#operations.store(0, this.#checked(value, 'The value'));
  }

  /**
   * Adds, at once for everybody. Integers wrap around at the end of their range.
   *
   * @returns the value before
   */
  add(delta: ValueOf<N>): ValueOf<N> {
    this.assertOpen();
    return this.#operations.add(0, this.#type.checkSummand(delta) as ValueOf<N>);
  }

  /**
   * Sets it to `value` if it is `expected`, at once for everybody.
   *
   * @returns the value before: `expected` if it was exchanged
   */
  compareExchange(expected: ValueOf<N>, value: ValueOf<N>): ValueOf<N> {
    this.assertOpen();
    return this.#operations.compareExchange(
      0,
      this.#checked(expected, 'The expected value'),
      this.#checked(value, 'The value'),
    );
  }

  /**
   * Computes a new value from the present one, under {@link Value.lock}: nobody else's `update` comes in between.
   *
   * @param change is given the value; what it returns, or resolves to, becomes the value
   * @returns the new value
   */
  async update(change: (value: ValueOf<N>) => ValueOf<N> | PromiseLike<ValueOf<N>>): Promise<ValueOf<N>> {
    return this.lock.with(async () => {
      const value = await change(this.value);
      this.value = value;
      return value;
    });
  }

  /** The lock that belongs to it, for changes of more than one step: Python's `get_lock()`. */
  get lock(): Lock {
    this.assertOpen();
    return (this.#lock ??= new Lock({}, Segment.attach(this.segment.file, 'value', VERSION)));
  }

  /** @internal */
  [HANDLE](): HandleRecord {
    this.assertOpen();
    return { kind: 'value', data: this.segment.file, segment: this.segment.file };
  }

  #checked(value: ValueOf<N>, what: string): ValueOf<N> {
    return this.#type.check(value, what) as ValueOf<N>;
  }

  /** @internal */
  protected override endWaits(): void {
    this.#lock?.close();
  }
}

function open(type: SharedType, initial: unknown, options: ValueOptions): Opened {
  checkOptions(options, '{ name }');
  const first = type.check(initial === undefined ? 0 : initial, 'The first value');
  const plan: SegmentPlan = {
    kind: 'value',
    version: VERSION,
    size: BYTES,
    initialBytes: BYTES,
    fill: (views) => {
      initLock(views);
      views.words[TYPE] = type.code;
      type.operations(views.bytes.buffer as ArrayBuffer, NUMBER * 4).store(0, first);
    },
  };
  return openPrimitive(options, plan, ({ words }) => [
    { name: 'type', asked: type.name, found: typeOfCode(words[TYPE])?.name ?? 'unknown' },
  ]);
}

registerHandle('value', {
  package: '@mp/shared',
  decode: (file) => {
    if (typeof file !== 'string')
      throw new MpError('ERR_MP_MISMATCH', 'Cannot open a Value: its handle is damaged');
    const segment = Segment.attach(file, 'value', VERSION);
    const type = typeOfCode(segment.words[TYPE]);
    if (type !== undefined) return new Value(type.name, undefined, {}, segment);
    segment.close();
    throw new MpError('ERR_MP_MISMATCH', `Cannot open the Value in ${file}: its type is unknown`);
  },
});
