/*
 * The script of every child, process or thread: it becomes what its parent ordered. It is not imported by anything.
 */
import { isMainThread } from 'node:worker_threads';
import { Channel, threadState, watchParent } from '@mp/core/internal';
import { obey } from './obey.ts';

const [directory, file, loader] = process.argv.splice(2);
threadState.isChild = true;
threadState.directory = directory;

async function main(): Promise<void> {
  if (loader !== undefined) (await import(loader)).register();
  await obey(Channel.attach(file), (lock) => {
    // A thread dies with its process anyway.
    if (isMainThread) watchParent(lock, () => process.exit(1));
  });
}

main();
