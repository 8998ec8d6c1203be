import { describers as core, type Describer, type Describers, KINDS, kindOf } from '@mp/core/internal';
import { describers as lock } from '@mp/lock/internal';
import { describers as pipe } from '@mp/pipe/internal';
import { describers as pool } from '@mp/pool/internal';
import { describers as processes } from '@mp/process/internal';
import { describers as queue } from '@mp/queue/internal';
import { describers as shared } from '@mp/shared/internal';

const ALL: Describers = { ...core, ...lock, ...processes, ...pipe, ...queue, ...shared, ...pool };

/** How the package that owns a kind describes it. @param code the number in a header */
export function describerOf(code: number): Describer | undefined {
  return ALL[kindOf(code)];
}

/** Kinds that belong to a package's own workings: users did not make them. */
const INNER: ReadonlySet<number> = new Set([
  KINDS.channel,
  KINDS.spare,
  KINDS.pool,
  KINDS.jobs,
  KINDS.tokens,
]);

export function isInner(code: number): boolean {
  return INNER.has(code);
}

/** Kinds whose waiters wait for what their holders have. */
const OWNED: ReadonlySet<number> = new Set([
  KINDS.lock,
  KINDS.rlock,
  KINDS.rwlock,
  KINDS.semaphore,
  KINDS.condition,
  KINDS.value,
  KINDS.array,
  KINDS.struct,
  KINDS.list,
  KINDS.map,
]);

export function isOwned(code: number): boolean {
  return OWNED.has(code);
}
