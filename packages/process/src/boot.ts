import { lifeLock, segmentDirectory } from '@mp/core/internal';

/** The script of every child. */
export const BOOTSTRAP = new URL('./bootstrap.js', import.meta.url);

/** What a child is started as: with an order to obey, or to wait for one. */
export type Role = 'child' | 'spare';

/** The arguments by which a child finds its parent, and its channel to it. */
export function bootArguments(role: Role, channel: string): string[] {
  return [role, segmentDirectory(), lifeLock(), channel];
}
