/** Finds shapes: see `shapes.ts`. */
export interface ShapeFinder {
  /** The place of all objects that stand in one without a shape. */
  readonly stray: Shape;

  /**
   * The shape of a plain object that is to be sent.
   *
   * @param place the shape of the object in which it stands
   * @param index of the key there
   * @returns `undefined` = it travels with its keys
   */
  find(value: object, place: Shape, index: number): Shape | undefined;
}

/** The keys of an object, in their order, and what this thread has learned about objects that have them. */
export class Shape {
  /** Its number in messages. */
  readonly id: number;
  readonly keys: readonly string[];
  readonly count: number;
  /** How many bytes such an object has with its keys, at least: its head, and the keys with theirs. */
  readonly keyBytes: number;
  /** Where shapes for what stands in it are found; absent where none are known. */
  readonly finder: ShapeFinder | undefined;
  /** For each key: the shape that an object there had the last time. */
  readonly inner: Shape[];
  /** The shape that was found the last time when this one was expected in vain. */
  after: Shape;
  /** Another one with the same hash. */
  twin: Shape | undefined;

  /** @param none what is expected where nothing is known yet; absent for that one itself */
  constructor(id: number, keys: readonly string[], finder?: ShapeFinder, none?: Shape) {
    this.id = id;
    this.keys = keys;
    this.count = keys.length;
    this.keyBytes = keys.reduce((sum, key) => sum + 1 + Buffer.byteLength(key), 1);
    this.finder = finder;
    this.after = none ?? this;
    this.inner = new Array(Math.max(1, keys.length)).fill(none ?? this);
  }

  /** Whether `value` has these keys, in this order. */
  fits(value: object): boolean {
    const { keys, count } = this;
    if (count === 0) return false;
    let index = 0;
    for (const key in value) {
      if (index === count || key !== keys[index]) return false;
      index++;
    }
    return index === count;
  }
}

/** Where a value stands when no shapes are known. */
export const NO_SHAPE = new Shape(-1, []);
