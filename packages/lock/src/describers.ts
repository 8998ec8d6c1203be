import type { Describer, Describers } from '@mp/core/internal';
import { describer as condition } from './condition.ts';
import { describer as event } from './event.ts';
import { LOCK_BYTES, lockIn } from './owned-lock.ts';
import { describer as semaphore } from './permits.ts';
import { describer as barrier } from './phases.ts';
import { describer as rwlock } from './read-write.ts';

const lock: Describer = { version: 1, bytes: LOCK_BYTES, describe: lockIn };

/** What can be told of locks and their relatives. */
export const describers: Describers = { lock, rlock: lock, rwlock, semaphore, condition, event, barrier };
