import { pathOf } from './directory.ts';
import { MpError } from './errors.ts';

/** Turns a failing system call into an error that says what was attempted. */
export function systemCall<T>(what: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOSPC' || code === 'EDQUOT') {
      throw new MpError('ERR_MP_NO_SPACE', `Cannot ${what}: no space is left in ${pathOf('')}`, {
        cause: error,
      });
    }
    throw error;
  }
}
