import { statSync } from 'node:fs';
import * as native from '@mp/native';
import { pathOf } from './directory.ts';
import { ClosedError, MpError } from './errors.ts';
import {
  FLAG_NAMED,
  FLAG_TRANSIENT,
  H_KIND,
  H_MAGIC,
  H_PID,
  H_SATELLITES,
  H_SIZE_F64,
  H_VERSION,
  HEADER_BYTES,
  hasOwnPages,
  KINDS,
  type Kind,
  kindName,
  kindOf,
  MAGIC,
  mayBeTransient,
  type SegmentViews,
  writeHeader,
} from './header.ts';
import type { ParkingLot } from './parking-lot.ts';
import { randomName } from './random.ts';
import { scheduleSweep } from './sweep.ts';
import { systemCall } from './system-call.ts';
import { threadState } from './thread-state.ts';

/** How a segment is to be made. */
export interface SegmentPlan {
  kind: Kind;
  /** Version of the layout of its body. */
  version: number;
  /** Whole size in bytes, header included. */
  size: number;
  /** Writes the first state; `words` starts at the file's first byte and covers {@link SegmentPlan.initialBytes}. */
  fill?: (view: SegmentViews) => void;
  /** How many first bytes `fill` may touch. Default: the header and 256 bytes more. */
  initialBytes?: number;
  /** Whether every page has its place from the beginning. Without, writing to a full directory ends the process. Default: true */
  reserve?: boolean;
  /** Whether it goes with its last user though it has a name. Only for kinds with pages of their own. */
  transient?: boolean;
}

/**
 * A file of the segment directory, mapped. In use as long as one thread has it mapped; the last one out removes it
 * (a named one stays). See `docs/memory-layout.md` for what lies where.
 */
export class Segment implements SegmentViews {
  readonly file: string;
  readonly words: Int32Array;
  readonly floats: Float64Array;
  readonly bytes: Uint8Array;
  readonly #buffer: ArrayBuffer;
  /** The pages behind the first one, where the user sees all of them: mapped by themselves, when they are asked for. */
  #pages: ArrayBuffer | undefined;
  readonly #hasOwnPages: boolean;

  private constructor(file: string, buffer: ArrayBuffer, hasOwnPages = false) {
    this.file = file;
    this.#buffer = buffer;
    this.#hasOwnPages = hasOwnPages;
    this.words = new Int32Array(buffer, 0, buffer.byteLength >>> 2);
    this.floats = new Float64Array(buffer, 0, buffer.byteLength >>> 3);
    this.bytes = new Uint8Array(buffer);
    if (!hasOwnPages) threadState.segmentBuffers.set(buffer, this);
  }

  /** A new segment without a user's name; it goes with its last user. */
  static create(plan: SegmentPlan): Segment {
    for (;;) {
      const file = `s-${randomName()}`;
      const made = Segment.#make(file, plan, 0, native.REMOVE_WHEN_LAST);
      if (made !== undefined) return made;
    }
  }

  /**
   * A satellite of this segment: it is used only by threads that have this one mapped, and it goes with this one at the
   * latest. Numbers are never given out twice.
   *
   * @param note called with its number before there is a file
   */
  createSatellite(plan: SegmentPlan, note?: (number: number) => void): { number: number; segment: Segment } {
    for (;;) {
      const number = this.nextSatellite();
      note?.(number);
      const file = `${this.file}+${number}`;
      const segment = Segment.#make(file, plan, 0, native.KEEP);
      if (segment !== undefined) return { number, segment };
    }
  }

  /** Maps satellite `number`, or answers `undefined` when it is gone. */
  openSatellite(number: number, kind: Kind): Segment | undefined {
    return Segment.#attach(`${this.file}+${number}`, kind, native.KEEP);
  }

  /** Gives out the number of a new satellite or pin. */
  nextSatellite(): number {
    return (Atomics.add(this.words, H_SATELLITES, 1) >>> 0) + 1;
  }

  /**
   * Maps a segment that a handle names.
   *
   * @throws MpError `ERR_MP_STALE` when it is gone, `ERR_MP_MISMATCH` when it is something else
   */
  static attach(file: string, kind: Kind, version: number): Segment {
    if (!/^[sn]-[A-Za-z0-9._-]{1,100}$/.test(file))
      throw mismatch(file, kind, 'that is no name of a segment');
    const found = Segment.#attach(file, kind, atEndOf(file, kind));
    if (found === undefined) throw removed(file, kind);
    found.#check(kind, version);
    return found;
  }

  /**
   * Opens the segment that the user calls `name`, or makes it.
   *
   * @throws MpError `ERR_MP_MISMATCH` when the name belongs to something else
   */
  static openNamed(name: string, plan: SegmentPlan): { segment: Segment; created: boolean } {
    checkName(name);
    return Segment.#open(`n-${name}`, plan, FLAG_NAMED);
  }

  /**
   * Opens the segment that the user calls `name`.
   *
   * @throws MpError `ERR_MP_NOT_FOUND` when there is none, `ERR_MP_MISMATCH` when the name belongs to something else
   */
  static findNamed(name: string, kind: Kind, version: number): Segment {
    checkName(name);
    const found = Segment.#attachNamed(`n-${name}`, kind);
    if (found === undefined) {
      const what = kindName(KINDS[kind]);
      throw new MpError(
        'ERR_MP_NOT_FOUND',
        `Cannot open the ${what} ${JSON.stringify(name)}: there is none. Make it first`,
      );
    }
    found.#check(kind, version);
    return found;
  }

  /** Opens, or makes, a segment that belongs to the directory itself. */
  static openCommon(file: `t-${string}`, plan: SegmentPlan): Segment {
    return Segment.#open(file, plan, 0).segment;
  }

  static #open(file: string, plan: SegmentPlan, flags: number): { segment: Segment; created: boolean } {
    for (;;) {
      const found = Segment.#attachNamed(file, plan.kind);
      if (found !== undefined) {
        found.#check(plan.kind, plan.version);
        return { segment: found, created: false };
      }
      const made = Segment.#make(file, plan, flags, atEndOf(file, plan.kind));
      if (made !== undefined) return { segment: made, created: true };
      // There is a file, and yet nothing to map: only an empty one is both, again and again.
      if (statSync(pathOf(file), { throwIfNoEntry: false })?.size === 0)
        throw mismatch(file, plan.kind, FOREIGN);
    }
  }

  /** Whether a named segment exists. */
  static removeNamed(name: string): boolean {
    checkName(name);
    return native.remove(pathOf(`n-${name}`));
  }

  /**
   * Makes the segment that the user calls `name`.
   *
   * @throws MpError `ERR_MP_EXISTS` when there is something of that name
   */
  static createNamed(name: string, plan: SegmentPlan): Segment {
    checkName(name);
    const file = `n-${name}`;
    if (mayBeTransient(plan.kind)) native.removeLeft(pathOf(file));
    const made = Segment.#make(file, plan, FLAG_NAMED, atEndOf(file, plan.kind));
    if (made !== undefined) return made;
    const what = kindName(KINDS[plan.kind]);
    throw new MpError(
      'ERR_MP_EXISTS',
      `Cannot make the ${what} ${JSON.stringify(name)}: something has that name. Open it, or choose another name`,
    );
  }

  static #attachNamed(file: string, kind: Kind): Segment | undefined {
    // What goes with its last user is gone, also when that one was killed. First: two that attach would take each other
    // for users.
    if (mayBeTransient(kind)) native.removeLeft(pathOf(file));
    return Segment.#attach(file, kind, atEndOf(file, kind));
  }

  static #make(file: string, plan: SegmentPlan, flags: number, atEnd: number): Segment | undefined {
    const whole = make(file, plan, plan.transient ? flags | FLAG_TRANSIENT : flags, atEnd);
    if (whole === undefined || !hasOwnPages(plan.kind)) return whole && new Segment(file, whole);
    try {
      return Segment.#attach(file, plan.kind, atEnd);
    } finally {
      native.detach(whole, native.KEEP);
    }
  }

  static #attach(file: string, kind: Kind, atEnd: number): Segment | undefined {
    const page = hasOwnPages(kind) ? native.pageSize() : undefined;
    const head = Segment.#map(file, kind, atEnd, 0, page);
    return head && new Segment(file, head, page !== undefined);
  }

  static #map(
    file: string,
    kind: Kind,
    atEnd: number,
    from: number,
    to: number | undefined,
  ): ArrayBuffer | undefined {
    try {
      return systemCall(`open the ${kindName(KINDS[kind])} in ${file}`, () =>
        native.attach(pathOf(file), native.LOCK_SHARED, atEnd, from, to),
      );
    } catch (error) {
      if (NO_FILE.has(`${(error as NodeJS.ErrnoException).code}`)) throw mismatch(file, kind, FOREIGN, error);
      throw error;
    }
  }

  /**
   * The buffer of the mapped bytes, for what needs it itself. Of a kind with own pages, of these alone: they are mapped by
   * the first that asks, because V8 collects garbage for each large buffer, which would cost more than a message with
   * the handle does.
   *
   * @throws MpError `ERR_MP_STALE` or `ERR_MP_MISMATCH` when somebody removed or cut the file before it was asked for
   */
  get buffer(): ArrayBuffer {
    return this.#pages ?? (!this.#hasOwnPages || this.closed ? this.#buffer : this.#mapPages());
  }

  #mapPages(): ArrayBuffer {
    const { file, kind } = this;
    const page = native.pageSize();
    const size = this.floats[H_SIZE_F64];
    if (!Number.isInteger(size) || size <= page)
      throw mismatch(file, kind, `its size is damaged: ${size} bytes`);
    const pages = Segment.#map(file, kind, atEndOf(file, kind), page, size);
    if (pages === undefined) throw removed(file, kind);
    const found = page + pages.byteLength;
    if (found < size) {
      native.detach(pages, native.KEEP);
      throw mismatch(file, kind, cutTo(found, size));
    }
    threadState.segmentBuffers.set(pages, this);
    this.#pages = pages;
    return pages;
  }

  /** Version of the layout of its body. */
  get version(): number {
    return this.words[H_VERSION];
  }

  /** What it holds. */
  get kind(): Kind {
    return kindOf(this.words[H_KIND]);
  }

  get closed(): boolean {
    return this.words.length === 0;
  }

  /** The user's name, or `undefined`. */
  get name(): string | undefined {
    return this.file.startsWith('n-') ? this.file.slice(2) : undefined;
  }

  /** What error messages call it: its name in quotes, or "without a name". */
  get title(): string {
    const kind = this.closed ? 'segment' : kindName(this.words[H_KIND]);
    return this.name === undefined ? kind : `${kind} ${JSON.stringify(this.name)}`;
  }

  /**
   * Lets go of the memory; views of it become empty. Safe to call again.
   *
   * @param removable whether the file goes if this was its last use; a named one stays unless its owner says so
   */
  close(removable = !this.closed && atEndOf(this.file, this.kind) !== native.KEEP): void {
    if (this.closed) return;
    const lot = threadState.singletons.get('parking-lot') as ParkingLot | undefined;
    lot?.endWaitsIn(this.words);
    // What an owner says to remove goes; else the kind decides.
    const asUsual = atEndOf(this.file, this.kind);
    const atEnd = !removable ? native.KEEP : asUsual === native.KEEP ? native.REMOVE_WHEN_LAST : asUsual;
    // A user may have transferred the pages: then they go with their new owner.
    if (this.#pages !== undefined && this.#pages.byteLength > 0) native.detach(this.#pages, native.KEEP);
    native.detach(this.#buffer, atEnd);
  }

  /** Lets go of a satellite and removes its file: for the one side that knows it is done with. */
  closeAndUnlink(): void {
    if (!this.closed) native.detach(this.#buffer, native.UNLINK);
  }

  /** @throws ClosedError when it was closed */
  assertOpen(): void {
    if (this.closed) throw new ClosedError(`Cannot use the segment ${this.file}: it was closed here`);
  }

  #check(kind: Kind, version: number): void {
    const words = this.words;
    const size = hasOwnPages(kind) ? sizeOf(this.file) : this.bytes.length;
    const problem =
      this.bytes.length < HEADER_BYTES || words[H_MAGIC] !== MAGIC
        ? FOREIGN
        : words[H_KIND] !== KINDS[kind]
          ? `it is ${aKind(words[H_KIND])} made by pid ${words[H_PID]}`
          : words[H_VERSION] !== version
            ? `it has layout version ${words[H_VERSION]}, this program uses version ${version}`
            : size < this.floats[H_SIZE_F64]
              ? cutTo(size, this.floats[H_SIZE_F64])
              : undefined;
    if (problem === undefined) return;
    this.close(false);
    throw mismatch(this.file, kind, problem);
  }
}

function aKind(code: number): string {
  const name = kindName(code);
  return `${/^[AEIO]|^RL|^RW/.test(name) ? 'an' : 'a'} ${name}`;
}

function sizeOf(file: string): number {
  return statSync(pathOf(file), { throwIfNoEntry: false })?.size ?? 0;
}

function cutTo(size: number, whole: number): string {
  return `its file was cut to ${size} of ${whole} bytes`;
}

function removed(file: string, kind: Kind): MpError {
  return new MpError(
    'ERR_MP_STALE',
    `Cannot open the ${kindName(KINDS[kind])} in ${file}: its file was removed`,
  );
}

const FOREIGN = 'its file is not a segment of @mp';
/** What the system says of a directory, a link, a pipe, a socket: nothing that this package made. */
const NO_FILE = new Set(['EISDIR', 'ELOOP', 'EINVAL', 'ENXIO', 'EOPNOTSUPP']);

function mismatch(file: string, kind: Kind, problem: string, cause?: unknown): MpError {
  const what = JSON.stringify(file.startsWith('n-') ? file.slice(2) : file);
  const message = `Cannot open ${what} as ${aKind(KINDS[kind])}: ${problem}`;
  return new MpError('ERR_MP_MISMATCH', message, cause === undefined ? undefined : { cause });
}

/** @throws TypeError or RangeError unless `name` can be a file name: 1 to 100 of `A-Z a-z 0-9 . _ -` */
export function checkName(name: string): void {
  if (typeof name !== 'string')
    throw new TypeError(`name must be a string, not ${name === null ? 'null' : typeof name}`);
  if (!/^[A-Za-z0-9._-]{1,100}$/.test(name)) {
    throw new RangeError(
      `name must be 1 to 100 characters of A-Z a-z 0-9 . _ -, not ${JSON.stringify(name.slice(0, 120))}`,
    );
  }
}

function atEndOf(file: string, kind: Kind): number {
  if (file.startsWith('n-') && mayBeTransient(kind)) return native.REMOVE_IF_LEFT;
  return file.startsWith('s-') && !file.includes('+') ? native.REMOVE_WHEN_LAST : native.KEEP;
}

function make(file: string, plan: SegmentPlan, flags: number, atEnd: number): ArrayBuffer | undefined {
  const path = pathOf(file);
  scheduleSweep();
  const scratch = new ArrayBuffer(Math.min(plan.size, plan.initialBytes ?? HEADER_BYTES + 256));
  const views = {
    words: new Int32Array(scratch, 0, scratch.byteLength >>> 2),
    floats: new Float64Array(scratch, 0, scratch.byteLength >>> 3),
    bytes: new Uint8Array(scratch),
  };
  writeHeader(views, file, plan, flags);
  plan.fill?.(views);
  return systemCall(`make ${aKind(KINDS[plan.kind])} of ${plan.size} bytes`, () =>
    native.create(path, plan.size, native.LOCK_SHARED, atEnd, views.bytes, plan.reserve),
  );
}
