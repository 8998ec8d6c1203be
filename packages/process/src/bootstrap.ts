/*
 * The script of every child: it becomes what its parent ordered. It is not imported by anything.
 */
import { Channel, threadState, watchParent } from '@mp/core/internal';
import { obey } from './obey.ts';

const [directory, file] = process.argv.splice(2);
threadState.isChild = true;
threadState.directory = directory;
obey(Channel.attach(file), (lock) => watchParent(lock, () => process.exit(1)));
