import { MpError } from '@mp/core';
import {
  checkOptions,
  checkParameters,
  FLAG_TRANSIENT,
  H_FLAGS,
  H_SIZE_F64,
  HANDLE,
  type HandleRecord,
  type Opened,
  Primitive,
  pageSize,
  registerHandle,
  Segment,
  type SegmentPlan,
} from '@mp/core/internal';
import { MEMORY } from './layout.ts';
import { refuseDamaged } from './locked.ts';

const { VERSION, PAGE, LENGTH_F64 } = MEMORY;

/** The largest segment that can be made. */
const SIZE_MOST = 2 ** 40;

/** What a new {@link SharedMemory} is told. */
export interface SharedMemoryOptions {
  /** Bytes: from 1; more than 4 GiB only under Node 22 and newer, 32 GiB and more not under Node 26.0 to 26.8. */
  size: number;
  /** Shares it with every process of this user that uses the same name: 1 to 100 of `A-Z a-z 0-9 . _ -`. */
  name?: string;
  /** Whether one with a name stays when nobody uses it any more, until `unlink()`. Default: false, it goes with its last user */
  persist?: boolean;
  /**
   * Whether all its pages have their place from the beginning. Default: true. `false` saves the time, about 0.3 s for each
   * GiB; but when the segment directory is full later, the first touch of a page ends the process with SIGBUS.
   */
  reserve?: boolean;
}

/** Makes one of a segment: its constructor is not for users. */
let wrap: (opened: Opened) => SharedMemory;

/**
 * A block of memory that processes share: `multiprocessing.shared_memory.SharedMemory` of Python.
 *
 * `buffer` is an ArrayBuffer over the shared pages, so `Buffer.from(memory.buffer)`, `new DataView(memory.buffer)` and
 * typed arrays over it copy nothing. In a message the memory, or any view of it, travels as a handle of some bytes.
 *
 * Unlike Python's, it is never removed under its users, and no process that only opened it destroys it: it is gone
 * with its last user, in whatever way that one ends; or with `persist`, when it is unlinked.
 *
 * @example
 * ```js
 * import { SharedMemory } from '@mp/shared';
 *
 * const frame = SharedMemory.create({ name: 'frame', size: 1 << 20 });
 * Buffer.from(frame.buffer).write('hello');
 * const other = SharedMemory.open('frame'); // in any process of this user
 * console.log(Buffer.from(other.buffer).toString('utf8', 0, 5)); // hello
 * other.close();
 * frame.close();
 * ```
 */
export class SharedMemory extends Primitive {
  static {
    // Not by its name: the build would rename a class that names itself, and error messages would show that.
    wrap = (opened) => new this(opened);
  }

  private constructor(opened: Opened) {
    // Plain JavaScript gets here by `new SharedMemory(…)`.
    if (!(opened?.segment instanceof Segment))
      throw new TypeError('Use SharedMemory.create(), open() or createOrOpen()');
    super(opened);
  }

  /**
   * Makes a new one, filled with 0.
   *
   * @throws TypeError, RangeError when the options are none
   * @throws MpError `ERR_MP_EXISTS` when something has that name, `ERR_MP_NO_SPACE` when the segment directory cannot
   * hold it, also with `reserve: false`
   */
  static create(options: SharedMemoryOptions): SharedMemory {
    const plan = planOf(options);
    const { name } = options;
    const segment = name === undefined ? Segment.create(plan) : Segment.createNamed(name, plan);
    return wrap({ segment, created: true });
  }

  /**
   * Opens the one of that name.
   *
   * @throws TypeError, RangeError when the name is none
   * @throws MpError `ERR_MP_NOT_FOUND` when there is none, `ERR_MP_MISMATCH` when the name belongs to something else
   */
  static open(name: string): SharedMemory {
    return wrap({ segment: whole(Segment.findNamed(name, 'memory', VERSION)), created: false });
  }

  /**
   * Opens the one of that name, or makes it: `created` says which.
   *
   * @throws TypeError, RangeError when the options are none
   * @throws MpError `ERR_MP_MISMATCH` when the name belongs to something else, or to a memory of another size or
   * persistence; `ERR_MP_NO_SPACE`
   */
  static createOrOpen(options: SharedMemoryOptions & { name: string }): SharedMemory {
    const plan = planOf(options);
    if (options.name === undefined)
      throw new TypeError('createOrOpen() needs a name. Use create() without one');
    const opened = Segment.openNamed(options.name, plan);
    const { floats, words } = whole(opened.segment);
    checkParameters(opened.segment, [
      { name: 'size', asked: options.size, found: floats[LENGTH_F64] },
      { name: 'persist', asked: options.persist, found: (words[H_FLAGS] & FLAG_TRANSIENT) === 0 },
    ]);
    return wrap(opened);
  }

  /** Bytes that were asked for. */
  get size(): number {
    this.assertOpen();
    return this.segment.floats[LENGTH_F64];
  }

  /**
   * The shared bytes. It is empty after `close()`, and so is every view of it. They are mapped when they are first asked
   * for: a process that only passes the memory on pays nothing for its size.
   *
   * @throws MpError `ERR_MP_CLOSED`; `ERR_MP_STALE` or `ERR_MP_MISMATCH` when somebody removed or cut its file by hand
   * before
   */
  get buffer(): ArrayBuffer {
    this.assertOpen();
    return this.segment.buffer;
  }

  /**
   * Gives the name up: closes it here, and has it removed when it is not in use any more, be it persistent or not.
   *
   * @returns whether the name is free now. `false`: others use it, and it goes with the last of them
   * @throws TypeError when it has no name
   */
  override unlink(): boolean {
    if (this.name !== undefined && !this.segment.closed)
      Atomics.or(this.segment.words, H_FLAGS, FLAG_TRANSIENT);
    return super.unlink();
  }

  /** @internal */
  [HANDLE](): HandleRecord {
    this.assertOpen();
    return { kind: 'memory', data: this.segment.file, segment: this.segment.file };
  }

  /** @internal Nothing waits for memory. */
  protected override endWaits(): void {}
}

function planOf(options: SharedMemoryOptions): SegmentPlan {
  checkOptions(options, 'SharedMemory', ['name', 'size', 'persist', 'reserve']);
  const { size, name, persist = false, reserve = true } = options;
  const page = pageSize();
  const most = SIZE_MOST - page;
  if (typeof size !== 'number') throw new TypeError(`size must be a number of bytes, not ${kindOf(size)}`);
  if (!Number.isInteger(size) || size < 1 || size > most)
    throw new RangeError(`size must be a whole number of bytes from 1 to ${most}, not ${size}`);
  for (const [option, value] of Object.entries({ persist, reserve })) {
    if (typeof value !== 'boolean') throw new TypeError(`${option} must be a boolean, not ${kindOf(value)}`);
  }
  if (persist && name === undefined)
    throw new TypeError('A SharedMemory that persists needs a name: nobody could find it without');
  return {
    kind: 'memory',
    version: VERSION,
    size: page + size,
    reserve,
    transient: name !== undefined && !persist,
    fill: ({ words, floats }) => {
      words[PAGE] = page;
      floats[LENGTH_F64] = size;
    },
  };
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : `a ${typeof value}`;
}

/** Passes on a memory's segment. @throws MpError `ERR_MP_MISMATCH` when its file is damaged; it is closed then */
function whole(segment: Segment): Segment {
  const { words, floats } = segment;
  const page = pageSize();
  const size = floats[LENGTH_F64];
  if (words[PAGE] === page && Number.isInteger(size) && size > 0 && page + size === floats[H_SIZE_F64])
    return segment;
  return refuseDamaged(segment, 'SharedMemory', 'its size is damaged');
}

registerHandle('memory', {
  package: '@mp/shared',
  decode: (file) => {
    if (typeof file !== 'string')
      throw new MpError('ERR_MP_MISMATCH', 'Cannot open a SharedMemory: its handle is damaged');
    return wrap({ segment: whole(Segment.attach(file, 'memory', VERSION)), created: false });
  },
});
