import {
  checkOptions,
  HANDLE,
  type HandleRecord,
  type Opened,
  openPrimitive,
  registerHandle,
  Segment,
  type SegmentPlan,
} from '@mp/core/internal';
import type { Guard } from '@mp/lock';
import { VALUE } from './layout.ts';
import {
  checkLock,
  initLocked,
  Locked,
  type LockedOptions,
  lockOf,
  notAsync,
  readLockedData,
  refuseDamaged,
} from './locked.ts';
import type { Operations, SharedType } from './shared-type.ts';
import type { InputOf, TypeName, ValueOf } from './type-names.ts';
import { typeNamed, typeOfCode } from './types.ts';

const { VERSION, TYPE, NUMBER, BYTES } = VALUE;

/** What a new {@link Value} may be told. */
export interface ValueOptions extends LockedOptions {}

/**
 * A number in shared memory: `multiprocessing.Value` of Python.
 *
 * Unlike there, every method but `update` is one atomic step that needs no lock. Reading and assigning `value`
 * separately, as in `n.value += 1`, is two steps; use `add`, `compareExchange` or `update`. `i64` and `u64` are `bigint`.
 *
 * Integers wrap around at the end of their range when they are calculated with; assigning what does not fit throws, where
 * Python wraps silently.
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
export class Value<N extends TypeName = TypeName> extends Locked {
  readonly #type: SharedType;
  readonly #operations: Operations<ValueOf<N>>;

  /**
   * @param type name of the type
   * @param initial first value; left out: 0, or the character U+0000. Ignored when a named one exists
   * @param options `name` to share it with unrelated processes; `lock` to share a lock, or to have none
   * @param received only for `@mp`: the segment of a value that came in a message
   * @throws TypeError, RangeError when the type, the name, the lock, or the first value is none
   * @throws MpError `ERR_MP_MISMATCH` when the name belongs to something else, or to one of another type or lock;
   * `ERR_MP_NO_SPACE`
   */
  constructor(type: N, initial?: InputOf<N>, options: ValueOptions = {}, received?: Segment) {
    const named = typeNamed(type);
    const opened = received ? { segment: received, created: false } : open(named, initial, options);
    super(opened, options.lock, received !== undefined);
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

  set value(value: InputOf<N>) {
    this.assertOpen();
    this.#operations.store(0, this.#checked(value, 'The value'));
  }

  /**
   * Adds, at once for everybody.
   *
   * @returns the value before
   * @throws TypeError, RangeError when the operand is no number of the type; a negative one is, also of an unsigned type
   */
  add(operand: InputOf<N>): ValueOf<N> {
    this.assertOpen();
    return this.#operations.add(0, this.#operand(operand));
  }

  /** Subtracts, at once for everybody. @returns the value before */
  sub(operand: InputOf<N>): ValueOf<N> {
    this.assertOpen();
    return this.#operations.sub(0, this.#operand(operand));
  }

  /** Clears the bits that the operand does not have, at once for everybody: integers only. @returns the value before */
  and(operand: InputOf<N>): ValueOf<N> {
    this.assertOpen();
    return this.#operations.and(0, this.#operand(operand));
  }

  /** Sets the bits that the operand has, at once for everybody: integers only. @returns the value before */
  or(operand: InputOf<N>): ValueOf<N> {
    this.assertOpen();
    return this.#operations.or(0, this.#operand(operand));
  }

  /** Flips the bits that the operand has, at once for everybody: integers only. @returns the value before */
  xor(operand: InputOf<N>): ValueOf<N> {
    this.assertOpen();
    return this.#operations.xor(0, this.#operand(operand));
  }

  /** Sets it, at once for everybody. @returns the value before */
  exchange(value: InputOf<N>): ValueOf<N> {
    this.assertOpen();
    return this.#operations.exchange(0, this.#checked(value, 'The value'));
  }

  /**
   * Sets it to `value` if it is `expected`, at once for everybody. Floats are equal when their bits are: `NaN` is itself,
   * and `-0` is not `0`.
   *
   * @returns the value before: `expected` if it was exchanged
   */
  compareExchange(expected: InputOf<N>, value: InputOf<N>): ValueOf<N> {
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
   * @param change is given the value, and the guard that holds the lock; what it returns, or resolves to, becomes the value
   * @returns the new value
   * @throws TypeError when it was made with `lock: false`
   */
  update(
    change: (value: ValueOf<N>, guard: Guard) => InputOf<N> | PromiseLike<InputOf<N>>,
  ): Promise<ValueOf<N>> {
    return this.locked(async (guard) => this.#become(await change(this.value, guard)));
  }

  /**
   * Like {@link Value.update} but blocks the thread until it has the lock.
   *
   * @throws DeadlockError `ERR_MP_DEADLOCK` when this thread holds the lock
   */
  updateSync(change: (value: ValueOf<N>, guard: Guard) => InputOf<N>): ValueOf<N> {
    return this.lockedSync((guard) => this.#become(notAsync(change(this.value, guard))));
  }

  /** @internal */
  [HANDLE](): HandleRecord {
    return { kind: 'value', data: this.lockedData, segment: this.segment.file };
  }

  #become(value: InputOf<N>): ValueOf<N> {
    this.value = value;
    return this.#checked(value, 'The value');
  }

  #checked(value: unknown, what: string): ValueOf<N> {
    return this.#type.check(value, what) as ValueOf<N>;
  }

  #operand(operand: unknown): ValueOf<N> {
    return this.#type.checkOperand(operand) as ValueOf<N>;
  }
}

function open(type: SharedType, initial: unknown, options: ValueOptions): Opened {
  checkOptions(options, 'Value', ['name', 'lock']);
  checkLock(options.lock, 'Value');
  const first = initial === undefined ? undefined : type.check(initial, 'The first value');
  const plan: SegmentPlan = {
    kind: 'value',
    version: VERSION,
    size: BYTES,
    initialBytes: BYTES,
    fill: (views) => {
      initLocked(views, options.lock);
      views.words[TYPE] = type.code;
      if (first !== undefined) type.operations(views.bytes.buffer as ArrayBuffer, NUMBER * 4).store(0, first);
    },
  };
  return openPrimitive(options, plan, (segment) => [
    { name: 'type', asked: type.name, found: checkedType(segment).name },
    lockOf(segment, options.lock),
  ]);
}

/** The type of a value's number. @throws MpError `ERR_MP_MISMATCH` when its file is damaged; it is closed then */
function checkedType(segment: Segment): SharedType {
  const type = segment.bytes.length < BYTES ? undefined : typeOfCode(segment.words[TYPE]);
  return type ?? refuseDamaged(segment, 'Value', 'its type is damaged');
}

registerHandle('value', {
  package: '@mp/shared',
  decode: (data) => {
    const [file, options] = readLockedData(data, 'Value');
    const segment = Segment.attach(file, 'value', VERSION);
    return new Value(checkedType(segment).name, undefined, options, segment);
  },
});
