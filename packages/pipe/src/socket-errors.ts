const CODES = new Set([
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTCONN',
  'ECONNABORTED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
]);

/** Whether an error of the system means that the other end is gone. */
export function isGone(error: unknown): boolean {
  return CODES.has((error as NodeJS.ErrnoException).code ?? '');
}
