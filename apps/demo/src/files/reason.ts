/** It is there, and is no file: a pipe, a socket, a device. */
export const NOT_A_FILE = 'not a file';

/** It has a NUL, or is no UTF-8. */
export const BINARY = 'binary';

/**
 * Why a file or directory was skipped.
 *
 * @param error what the file system answered
 * @throws anything else
 */
export function reasonOf(error: unknown): string {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (syscall === undefined) throw error;
  if (code === 'ENOENT') return 'vanished';
  if (code === 'ELOOP') return 'link';
  if (code === 'ENXIO') return NOT_A_FILE;
  return `unreadable (${code})`;
}
