import {
  checkOptions,
  HANDLE,
  type HandleRecord,
  type Opened,
  openPrimitive,
  registerHandle,
  Segment,
} from '@mp/core/internal';
import type { Guard } from '@mp/lock';
import { STRUCT } from './layout.ts';
import {
  checkLock,
  initLocked,
  Locked,
  type LockedOptions,
  lockOf,
  readLockedData,
  refuseDamaged,
} from './locked.ts';
import type { Scalar } from './shared-type.ts';
import { type FieldsOf, fieldsOf, type Leaf, leafAt, type PathOf, type TypeAt } from './struct-fields.ts';
import { type Layout, linesOf, type Struct, structOf } from './struct-layout.ts';
import type { InputOf, TypeName, ValueOf } from './type-names.ts';

const { VERSION, LAYOUT_BYTES, FIELDS_AT, LAYOUT_BYTE } = STRUCT;

/** What a new {@link SharedStruct} may be told. */
export interface SharedStructOptions extends LockedOptions {}

type InputAt<L extends Layout, P extends string> = InputOf<TypeAt<L, P> & TypeName>;
type ValueAt<L extends Layout, P extends string> = ValueOf<TypeAt<L, P> & TypeName>;

/**
 * Named values of several types in one piece of shared memory, with one lock: a `ctypes.Structure` in Python's
 * `multiprocessing.Value`.
 *
 * Each field lies at a multiple of its size, as in C. Fields of `fields` are read and assigned in one step; `add`,
 * `compareExchange` and their like are atomic for everybody. Arrays are typed arrays over the shared pages. A struct is
 * filled with 0 at first.
 *
 * @typeParam L the layout, from which the types of all fields are inferred
 *
 * @example
 * ```ts
 * import { SharedStruct } from '@mp/shared';
 *
 * const game = new SharedStruct({ hits: 'u32', pos: { x: 'f64', y: 'f64' }, scores: ['i32', 4] });
 * game.fields.pos.x = 1.5;
 * game.fields.scores[3] = 7;
 * game.add('hits', 1); // atomic
 * await game.update((fields) => {
 *   fields.pos.y = fields.pos.x * 2; // nobody else's update comes in between
 * });
 * console.log(game.fields.hits, game.fields.pos.y, game.fields.scores[3]); // 1 3 7
 * game.close();
 * ```
 */
export class SharedStruct<const L extends Layout = Layout> extends Locked {
  readonly #struct: Struct;
  readonly #start: number;
  readonly #fields: FieldsOf<L>;
  readonly #leaves = new Map<string, Leaf>();

  /**
   * @param layout names and types of the fields: a type like `'f64'`, `[type, length]` for a fixed array, an object for a
   * struct inside
   * @param options `name` to share it with unrelated processes; `lock` to share a lock, or to have none
   * @param received only for `@mp`: the segment of a struct that came in a message
   * @throws TypeError, RangeError when the layout, the name or the lock is none
   * @throws MpError `ERR_MP_MISMATCH` when the name belongs to something else, or to a struct of another layout (the message
   * names the first field that differs) or lock; `ERR_MP_NO_SPACE`
   */
  constructor(layout: L, options: SharedStructOptions = {}, received?: Segment) {
    const struct = structOf(layout);
    const opened = received ? { segment: received, created: false } : open(layout, struct, options);
    super(opened, options.lock, received !== undefined);
    this.#struct = struct;
    const { words, buffer } = this.segment;
    this.#start = words[FIELDS_AT];
    const place = { buffer, assertOpen: () => this.assertOpen() };
    this.#fields = fieldsOf(struct, place, this.#start) as FieldsOf<L>;
  }

  /** The fields. A wrong name is an error in strict code; after `close()` every use is one, and arrays are empty. */
  get fields(): FieldsOf<L> {
    this.assertOpen();
    return this.#fields;
  }

  /**
   * Adds to a value, at once for everybody. Integers wrap around.
   *
   * @param path which value: `'hits'`, `'pos.x'`, `'scores.3'`
   * @returns the value before
   * @throws RangeError when there is no such value; TypeError, RangeError when the operand is none of its type
   */
  add<P extends PathOf<L>>(path: P, operand: InputAt<L, P>): ValueAt<L, P> {
    const { type, operations } = this.#leaf(path);
    return operations.add(0, type.checkOperand(operand)) as ValueAt<L, P>;
  }

  /** Subtracts from a value, at once for everybody. Integers wrap around. @returns the value before */
  sub<P extends PathOf<L>>(path: P, operand: InputAt<L, P>): ValueAt<L, P> {
    const { type, operations } = this.#leaf(path);
    return operations.sub(0, type.checkOperand(operand)) as ValueAt<L, P>;
  }

  /** Clears the bits of an integer that the operand does not have, at once for everybody. @returns the value before */
  and<P extends PathOf<L>>(path: P, operand: InputAt<L, P>): ValueAt<L, P> {
    const { type, operations } = this.#leaf(path);
    return operations.and(0, type.checkOperand(operand)) as ValueAt<L, P>;
  }

  /** Sets the bits of an integer that the operand has, at once for everybody. @returns the value before */
  or<P extends PathOf<L>>(path: P, operand: InputAt<L, P>): ValueAt<L, P> {
    const { type, operations } = this.#leaf(path);
    return operations.or(0, type.checkOperand(operand)) as ValueAt<L, P>;
  }

  /** Flips the bits of an integer that the operand has, at once for everybody. @returns the value before */
  xor<P extends PathOf<L>>(path: P, operand: InputAt<L, P>): ValueAt<L, P> {
    const { type, operations } = this.#leaf(path);
    return operations.xor(0, type.checkOperand(operand)) as ValueAt<L, P>;
  }

  /** Sets a value, at once for everybody. @returns the value before */
  exchange<P extends PathOf<L>>(path: P, value: InputAt<L, P>): ValueAt<L, P> {
    const { type, operations } = this.#leaf(path);
    return operations.exchange(0, type.check(value, path)) as ValueAt<L, P>;
  }

  /** Sets a value to `value` if it is `expected`, at once for everybody. @returns the value before */
  compareExchange<P extends PathOf<L>>(
    path: P,
    expected: InputAt<L, P>,
    value: InputAt<L, P>,
  ): ValueAt<L, P> {
    const { type, operations } = this.#leaf(path);
    const [from, to]: Scalar[] = [type.check(expected, path), type.check(value, path)];
    return operations.compareExchange(0, from, to) as ValueAt<L, P>;
  }

  /**
   * Changes several fields, under {@link SharedStruct.lock}: nobody else's `update` comes in between. A process that is
   * killed in the middle leaves what it has changed; the next one's guard says `recovered`.
   *
   * @param change is given the fields, and the guard that holds the lock
   * @returns what `change` returned
   * @throws TypeError when it was made with `lock: false`
   */
  update<T>(change: (fields: FieldsOf<L>, guard: Guard) => T | PromiseLike<T>): Promise<T> {
    return this.locked((guard) => change(this.fields, guard));
  }

  /**
   * Like {@link SharedStruct.update} but blocks the thread until it has the lock.
   *
   * @throws DeadlockError `ERR_MP_DEADLOCK` when this thread holds the lock
   */
  updateSync<T>(change: (fields: FieldsOf<L>, guard: Guard) => T): T {
    return this.lockedSync((guard) => change(this.fields, guard));
  }

  /** @internal */
  [HANDLE](): HandleRecord {
    return { kind: 'struct', data: this.lockedData, segment: this.segment.file };
  }

  #leaf(path: string): Leaf {
    this.assertOpen();
    const known = this.#leaves.get(path);
    if (known !== undefined) return known;
    const leaf = leafAt(this.#struct, this.segment, this.#start, path);
    this.#leaves.set(path, leaf);
    return leaf;
  }
}

function open(layout: Layout, struct: Struct, options: SharedStructOptions): Opened {
  checkOptions(options, 'SharedStruct', ['name', 'lock']);
  checkLock(options.lock, 'SharedStruct');
  const text = Buffer.from(JSON.stringify(layout));
  const start = Math.ceil((LAYOUT_BYTE + text.length) / 64) * 64;
  const plan = {
    kind: 'struct',
    version: VERSION,
    size: start + struct.size,
    initialBytes: start,
    fill: (views: { words: Int32Array; floats: Float64Array; bytes: Uint8Array }) => {
      initLocked(views, options.lock);
      views.words[LAYOUT_BYTES] = text.length;
      views.words[FIELDS_AT] = start;
      views.bytes.set(text, LAYOUT_BYTE);
    },
  } as const;
  return openPrimitive(options, plan, (segment) => {
    const [asked, found] = [linesOf(struct), linesOf(structOf(layoutIn(segment)))];
    const different = Math.max(
      asked.findIndex((line, at) => line !== found[at]),
      asked.length < found.length && asked.every((line, at) => line === found[at]) ? asked.length : -1,
    );
    const field = (lines: string[]) => (different < 0 ? 'the same' : (lines[different] ?? 'nothing'));
    return [
      { name: `field ${different + 1}`, asked: field(asked), found: field(found) },
      lockOf(segment, options.lock),
    ];
  });
}

/** The layout in a struct's segment. @throws MpError `ERR_MP_MISMATCH` when its file is damaged; it is closed then */
function layoutIn(segment: Segment): Layout {
  const { words, bytes } = segment;
  try {
    const length = bytes.length < LAYOUT_BYTE ? -1 : words[LAYOUT_BYTES];
    const start = words[FIELDS_AT];
    if (length >= 0 && LAYOUT_BYTE + length <= start && start % 64 === 0) {
      const layout = JSON.parse(Buffer.from(bytes.subarray(LAYOUT_BYTE, LAYOUT_BYTE + length)).toString());
      if (start + structOf(layout).size <= bytes.length) return layout;
    }
  } catch {
    // What cannot be parsed, or is no layout, is refused like the rest.
  }
  return refuseDamaged(segment, 'SharedStruct', 'its layout is damaged');
}

registerHandle('struct', {
  package: '@mp/shared',
  decode: (data) => {
    const [file, options] = readLockedData(data, 'SharedStruct');
    const segment = Segment.attach(file, 'struct', VERSION);
    return new SharedStruct(layoutIn(segment), options, segment);
  },
});
