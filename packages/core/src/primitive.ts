import { ClosedError, MpError } from './errors.ts';
import { Segment, type SegmentPlan } from './segment.ts';

/** A segment, and whether it was made just now. */
export interface Opened {
  readonly segment: Segment;
  readonly created: boolean;
}

/**
 * What every shared object is beside what it does: a segment, perhaps a name, and an end in this thread.
 */
export abstract class Primitive {
  /** Whether this object made it, or found it made under its name. */
  readonly created: boolean;
  /** @internal */
  protected readonly segment: Segment;

  /** @internal */
  protected constructor({ segment, created }: Opened) {
    this.segment = segment;
    this.created = created;
  }

  /** The name it was given, if any. */
  get name(): string | undefined {
    return this.segment.name;
  }

  /**
   * Lets go of it in this thread: pending waits reject, a later use throws. Others keep it; the last one out removes
   * it, unless it has a name. Safe to call again.
   */
  close(): void {
    if (this.segment.closed) return;
    this.endWaits(this.closedError());
    this.segment.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * Removes a named one if it is not in use any more, by this object neither: that one is closed first.
   *
   * @returns whether the name is free now
   * @throws TypeError when it has no name
   */
  unlink(): boolean {
    const { name } = this;
    if (name === undefined) {
      const what = this.constructor.name;
      throw new TypeError(`Cannot unlink a ${what} without a name: it goes with its last user`);
    }
    this.close();
    return Segment.removeNamed(name);
  }

  /** @internal Rejects what waits in this thread. */
  protected abstract endWaits(error: ClosedError): void;

  /** @internal */
  protected assertOpen(): void {
    // The memory of a closed segment has no words: no state of its own to look at.
    if (this.segment.words.length === 0) throw this.closedError();
  }

  /** @internal */
  protected closedError(): ClosedError {
    const { name } = this;
    const title = `${this.constructor.name}${name === undefined ? '' : ` ${JSON.stringify(name)}`}`;
    return new ClosedError(`Cannot use the ${title}: it was closed in this thread`);
  }
}

/** A parameter of a named object: what was asked for (`undefined` = whatever it has), and what it has. */
export interface Parameter {
  readonly name: string;
  readonly asked: unknown;
  readonly found: unknown;
}

/**
 * Makes or opens the segment that a user describes.
 *
 * @param example options as messages show them, like `{ name }`
 * @param parameters what must agree when the object exists
 * @throws TypeError, RangeError on bad options; MpError `ERR_MP_MISMATCH` when the name belongs to something else, or
 * to one with other parameters
 */
export function openPrimitive(
  options: { readonly name?: string | undefined },
  plan: SegmentPlan,
  parameters: (segment: Segment) => readonly Parameter[] = () => [],
): Opened {
  if (options.name === undefined) return { segment: Segment.create(plan), created: true };
  const opened = Segment.openNamed(options.name, plan);
  checkParameters(opened.segment, parameters(opened.segment));
  return opened;
}

/**
 * Checks what must agree between a segment and what the user asked for; it is closed when it does not.
 *
 * @throws MpError `ERR_MP_MISMATCH` naming the first difference
 */
export function checkParameters(segment: Segment, parameters: readonly Parameter[]): void {
  const wrong = parameters.find(({ asked, found }) => asked !== undefined && asked !== found);
  if (wrong === undefined) return;
  const { title } = segment;
  segment.close();
  throw new MpError(
    'ERR_MP_MISMATCH',
    `Cannot open the ${title}: its ${wrong.name} is ${wrong.found}, not ${wrong.asked}`,
  );
}

/** @throws TypeError unless `options` is an object */
export function checkOptions(options: unknown, example: string): void {
  if (options !== null && typeof options === 'object') return;
  throw new TypeError(
    `options must be an object like ${example}, not ${options === null ? 'null' : typeof options}`,
  );
}
