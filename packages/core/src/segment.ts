import { statSync } from 'node:fs';
import * as native from '@mp/native';
import { pathOf } from './directory.ts';
import { ClosedError, MpError } from './errors.ts';
import {
  FLAG_NAMED,
  H_KIND,
  H_MAGIC,
  H_PID,
  H_SATELLITES,
  H_SIZE_F64,
  H_VERSION,
  HEADER_BYTES,
  KINDS,
  type Kind,
  kindName,
  kindOf,
  MAGIC,
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

  private constructor(file: string, buffer: ArrayBuffer) {
    this.file = file;
    this.#buffer = buffer;
    this.words = new Int32Array(buffer, 0, buffer.byteLength >>> 2);
    this.floats = new Float64Array(buffer, 0, buffer.byteLength >>> 3);
    this.bytes = new Uint8Array(buffer);
    threadState.segmentBuffers.set(buffer, this);
  }

  /** A new segment without a user's name; it goes with its last user. */
  static create(plan: SegmentPlan): Segment {
    for (;;) {
      const file = `s-${randomName()}`;
      const buffer = make(file, plan, 0, native.REMOVE_WHEN_LAST);
      if (buffer !== undefined) return new Segment(file, buffer);
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
      const buffer = make(file, plan, 0, native.KEEP);
      if (buffer !== undefined) return { number, segment: new Segment(file, buffer) };
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
    const found = Segment.#attach(file, kind, atEndOf(file));
    if (found === undefined) {
      throw new MpError(
        'ERR_MP_STALE',
        `Cannot open the ${kindName(KINDS[kind])} in ${file}: its file was removed`,
      );
    }
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
    const found = Segment.#attach(`n-${name}`, kind, native.KEEP);
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
      const found = Segment.#attach(file, plan.kind, native.KEEP);
      if (found !== undefined) {
        found.#check(plan.kind, plan.version);
        return { segment: found, created: false };
      }
      const buffer = make(file, plan, flags, native.KEEP);
      if (buffer !== undefined) return { segment: new Segment(file, buffer), created: true };
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

  static #attach(file: string, kind: Kind, atEnd: number): Segment | undefined {
    let buffer: ArrayBuffer | undefined;
    try {
      buffer = systemCall(`open the ${kindName(KINDS[kind])} in ${file}`, () =>
        native.attach(pathOf(file), native.LOCK_SHARED, atEnd),
      );
    } catch (error) {
      // A directory, a link, a pipe: nothing that this package made.
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'EISDIR' || code === 'ELOOP' || code === 'EINVAL' || code === 'ENXIO') {
        throw mismatch(file, kind, FOREIGN, error);
      }
      throw error;
    }
    return buffer === undefined ? undefined : new Segment(file, buffer);
  }

  /** The buffer of the mapped bytes, for what needs it itself. */
  get buffer(): ArrayBuffer {
    return this.#buffer;
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
  close(removable = atEndOf(this.file) === native.REMOVE_WHEN_LAST): void {
    if (this.closed) return;
    const lot = threadState.singletons.get('parking-lot') as ParkingLot | undefined;
    lot?.endWaitsIn(this.words);
    native.detach(this.#buffer, removable ? native.REMOVE_WHEN_LAST : native.KEEP);
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
    const problem =
      this.bytes.length < HEADER_BYTES || words[H_MAGIC] !== MAGIC
        ? FOREIGN
        : words[H_KIND] !== KINDS[kind]
          ? `it is ${aKind(words[H_KIND])} made by pid ${words[H_PID]}`
          : words[H_VERSION] !== version
            ? `it has layout version ${words[H_VERSION]}, this program uses version ${version}`
            : this.bytes.length < this.floats[H_SIZE_F64]
              ? `its file was cut to ${this.bytes.length} of ${this.floats[H_SIZE_F64]} bytes`
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

const FOREIGN = 'its file is not a segment of @mp';

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

function atEndOf(file: string): number {
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
    native.create(path, plan.size, native.LOCK_SHARED, atEnd, views.bytes),
  );
}
