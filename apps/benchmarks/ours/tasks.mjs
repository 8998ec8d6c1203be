import { task } from '@mp/process';
import plain from '../harness/tasks.cjs';

/** The tasks that all pools run, by their names. */
export const tasks = Object.fromEntries(
  Object.entries(plain).map(([name, run]) => [name, task(import.meta, run, { name })]),
);
