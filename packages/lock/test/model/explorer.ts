import { Explorer, type Mutant, Sources } from '@mp/testing/model';

/** What the scenarios of the locks run as step code. */
const SOURCES = [
  'barrier',
  'closed-segment',
  'condition',
  'deadlock',
  'event',
  'given-lock',
  'guard',
  'hold',
  'lock',
  'mutex',
  'owned-lock',
  'permit',
  'permits',
  'phases',
  'read-write',
  'reader-slots',
  'rlock',
  'rwlock',
  'scopes',
  'semaphore',
  'tickets',
].map((each) => `lock/${each}`);

/** Whether it goes on for minutes. */
export const isWide = process.env.MP_MODEL === 'wide';

/** @param file of the scenarios: `lock` */
export function explorer(file: string, mutants: readonly Mutant[] = []): Explorer {
  return new Explorer(new Sources(new URL(`./${file}.ts`, import.meta.url), SOURCES, { mutants }));
}
