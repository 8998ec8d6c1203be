import { kindOf, Segment } from '@mp/core/internal';
import { Lock, RLock, RWLock } from '@mp/lock';
import { freeFromOutside } from '@mp/lock/internal';
import { isOwned } from './describers.ts';
import { find } from './inspect.ts';
import { titleOf } from './object-reports.ts';
import { seeObject } from './objects.ts';
import type { Change, ObjectReport } from './report.ts';
import { snapshot } from './snapshot.ts';

/**
 * Removes an object that has a name: `unlink()` for one that no program opens any more. What is in use stays.
 *
 * @param name the user's name, or that of the file
 * @returns whether it is gone, and a sentence for the user
 * @throws MpError `ERR_MP_NOT_FOUND` when there is none
 *
 * @example
 * ```js
 * import { remove } from '@mp/cli';
 * import { Event } from '@mp/lock';
 *
 * new Event({ name: 'old' }).close();
 * console.log(remove('old').done); // true
 * ```
 */
export function remove(name: string): Change {
  const object = find(snapshot(), name);
  const title = titleOf(object);
  const change = (done: boolean, text: string): Change => ({ file: object.file, done, text });
  if (object.name === undefined)
    return change(
      false,
      `${title} has no name: it goes with its last user. mp gc removes what only the dead left`,
    );
  if (object.users.length > 0) return change(false, `${title} is in use by ${pidsOf(object.users)}`);
  if (!unlink(object.name, object.kind)) return change(false, `${title} is in use, or a message mentions it`);
  return change(true, `${title} is removed`);
}

function unlink(name: string, kind: string): boolean {
  // Their tokens go on where they were if the name is used again.
  if (kind === 'Lock') return new Lock({ name }).unlink();
  if (kind === 'RLock') return new RLock({ name }).unlink();
  if (kind === 'RWLock') return new RWLock({ name }).unlink();
  return Segment.removeNamed(name);
}

/**
 * Frees a lock whose holder is dead, which the next acquire would do too; with `force` also one whose holder lives.
 *
 * @param name the user's name, that of the file, or enough of the beginning of that
 * @param options `force`: the holder that this call sees then frees nothing by its guard, and what the lock protects may be
 * half-done; a holder that comes meanwhile keeps it
 * @returns whether it is free now, and a sentence for the user
 * @throws MpError `ERR_MP_NOT_FOUND` when there is none
 *
 * @example
 * ```js
 * import { unlock } from '@mp/cli';
 * import { Lock } from '@mp/lock';
 *
 * const lock = new Lock({ name: 'mine' });
 * lock.acquireSync();
 * console.log(unlock('mine').done, unlock('mine', { force: true }).done); // false true
 * lock.unlink();
 * ```
 */
export function unlock(name: string, { force = false }: { force?: boolean } = {}): Change {
  const whole = snapshot();
  const object = find(whole, name);
  const { file } = object;
  const title = titleOf(object);
  const change = (done: boolean, text: string): Change => ({ file, done, text });
  const code = seeObject(whole.directory, file)?.code;
  if (object.givenLock !== undefined)
    return change(false, `${title} uses the lock in ${object.givenLock}: unlock that one`);
  if (code === undefined || !isOwned(code) || object.details.lock === 'none')
    return change(false, `${title} has no lock`);
  if (object.kind === 'Semaphore')
    return change(false, `${title} has permits: those of the dead come back when they are needed`);
  const segment = Segment.attach(file, kindOf(code), object.version);
  try {
    const seen = object.holders.find(({ role, alive }) => alive && role !== 'reader');
    const came = freeFromOutside(segment, force ? seen?.agent : undefined);
    if (came === 'freed') return change(true, `${title} is free now`);
    if (came === 'it was free') return change(true, `${title} was free`);
    if (came === 'held by another thread')
      return change(
        false,
        `${title} is not held by pid ${seen?.pid} any more, but by another thread. Look again`,
      );
    const wayOut = force ? 'Reads cannot be taken away' : 'End that, or use --force';
    return change(false, `${title} is held by ${holdersOf(object)}. ${wayOut}`);
  } finally {
    segment.close();
  }
}

function holdersOf({ holders }: ObjectReport): string {
  return pidsOf(holders.filter(({ alive }) => alive).map(({ pid }) => pid)) || 'a thread that lives';
}

function pidsOf(pids: readonly number[]): string {
  return [...new Set(pids)].map((pid) => `pid ${pid}`).join(', ');
}
