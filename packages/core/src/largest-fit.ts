import type { MpError } from './errors.ts';

/**
 * Makes something of size `most`. If the segment directory has no space for that, half of it is tried, and so on down
 * to `least`: what grows by doubling would refuse otherwise while nearly half of the directory is free.
 *
 * @throws MpError `ERR_MP_NO_SPACE` if not even `least` fits
 */
export function largestFit<T>(most: number, least: number, make: (size: number) => T): T {
  for (let size = Math.max(most, least); ; size = Math.max(least, Math.floor(size / 2))) {
    try {
      return make(size);
    } catch (error) {
      if (size === least || (error as MpError).code !== 'ERR_MP_NO_SPACE') throw error;
    }
  }
}
