import { MpError } from '@mp/core';
import { H_KIND, H_MAGIC, H_SIZE_F64, KINDS, MAGIC, type Segment, type SegmentPlan } from '@mp/core/internal';
import { DOOMED, PENDING } from './layout.ts';

/**
 * How the owner of the lock makes and removes the files of a map so that none is left over if it is killed in between: a
 * file that nothing names yet, or nothing names any more, is noted in a word before.
 */
export class Satellites {
  readonly #map: Segment;

  constructor(map: Segment) {
    this.#map = map;
  }

  /** Makes a satellite. Whatever names it is stored next, and then {@link Satellites.settle} is called. */
  create(plan: SegmentPlan): { number: number; segment: Segment } {
    return this.#map.createSatellite(plan, (number) => {
      this.#map.words[PENDING] = number;
    });
  }

  /** The satellite that was made has a name now. */
  settle(): void {
    this.#map.words[PENDING] = 0;
  }

  /** Removes a satellite. @param forget the store after which nothing names it */
  remove(number: number, segment: Segment | undefined, forget: () => void): void {
    this.#map.words[DOOMED] = number;
    forget();
    if (segment === undefined) this.#unlink(number);
    else segment.closeAndUnlink();
    this.#map.words[DOOMED] = 0;
  }

  /** Removes what a dead thread had made and not named, or what it had forgotten and not removed. */
  repair(isNamed: (number: number) => boolean): void {
    for (const word of [PENDING, DOOMED]) {
      const number = this.#map.words[word];
      if (number !== 0 && !isNamed(number)) this.#unlink(number);
      this.#map.words[word] = 0;
    }
  }

  /**
   * Maps a satellite for reading or writing.
   *
   * @returns `undefined` when there is no such file
   * @throws MpError `ERR_MP_MISMATCH` when it was cut, or holds something else
   */
  open(number: number, kind: 'maptable' | 'mapcells'): Segment | undefined {
    const segment = this.#map.openSatellite(number, kind);
    if (segment === undefined) return undefined;
    const { words, floats, bytes } = segment;
    if (words[H_MAGIC] === MAGIC && words[H_KIND] === KINDS[kind] && floats[H_SIZE_F64] === bytes.length)
      return segment;
    segment.close(false);
    throw damaged(this.#map, `${this.#map.file}+${number} was cut, or is something else`);
  }

  #unlink(number: number): void {
    this.#map.openSatellite(number, 'mapcells')?.closeAndUnlink();
  }
}

/** What to throw when the files of a map cannot be true. */
export function damaged(map: Segment, problem: string): MpError {
  return new MpError('ERR_MP_MISMATCH', `Cannot use the ${map.title}: its content is damaged: ${problem}`);
}
