import { ClosedError } from '@mp/core';

/** The error of those that ask a queue that was shut down, when nothing will come any more: it ends a loop. */
export class OverError extends ClosedError {}

/** Whether a loop ends with it. */
export function isOver(error: ClosedError): boolean {
  return error instanceof OverError;
}
