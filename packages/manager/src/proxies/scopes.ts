import type { AsyncLocalStorage } from 'node:async_hooks';
import { singleton, threadState } from '@mp/core/internal';
import type { RefClient } from '../reference.ts';

/** The stretch of one `with()` of an RLock of a server, and of all the work that was begun in it. */
interface Scope {
  readonly client: RefClient;
  /** Of the acquisition. */
  readonly origin: number;
  readonly outer: Scope | undefined;
  isOpen: boolean;
}

const STORAGE = 'manager-scopes';

/** Loaded at the first `with()` only: a program without an RLock pays for no async hook. */
function storage(): AsyncLocalStorage<Scope> {
  return singleton(STORAGE, () => {
    const { AsyncLocalStorage } = process.getBuiltinModule('node:async_hooks');
    return new AsyncLocalStorage<Scope>();
  });
}

/** Runs `body` so that it, and the work that begins in it, is inside the scope of an acquisition until `body` is done. */
export async function inScopeOf<T>(
  client: RefClient,
  origin: number,
  body: () => T | PromiseLike<T>,
): Promise<T> {
  const scope: Scope = { client, origin, outer: storage().getStore(), isOpen: true };
  try {
    return await storage().run(scope, body);
  } finally {
    scope.isOpen = false;
  }
}

/** The acquisitions over a connection in whose scopes the caller is, the innermost first. */
export function scopesOf(client: RefClient): number[] {
  if (!threadState.singletons.has(STORAGE)) return [];
  const origins: number[] = [];
  for (let scope = storage().getStore(); scope !== undefined; scope = scope.outer)
    if (scope.isOpen && scope.client === client) origins.push(scope.origin);
  return origins;
}
