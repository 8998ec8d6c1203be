/*
 * What every child loads, process or thread: it becomes what its parent ordered.
 */
import { thisThread, threadState } from '@mp/core/internal';
import type { Role } from './boot.ts';
import { openOrder, watch } from './internal.ts';
import { obey } from './obey.ts';
import { receiveOrder } from './spare.ts';

/** @param args those of the bootstrap, as `bootArguments()` made them, then the loader of a thread that needs one */
export async function begin([role, directory, parentLock, file, loader]: string[]): Promise<void> {
  threadState.isChild = true;
  threadState.directory = directory;
  // A thread dies with its process anyway.
  if (thisThread().isMain) watch(parentLock);
  if (loader !== undefined) (await import(loader)).register();
  await obey((role as Role) === 'spare' ? await receiveOrder(file) : await openOrder(file));
}
