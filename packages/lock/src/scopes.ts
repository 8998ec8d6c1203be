import type { AsyncLocalStorage } from 'node:async_hooks';
import { singleton, threadState } from '@mp/core/internal';
import type { Hold } from './hold.ts';

/** The stretch of one `with()` of an RLock, and of all the work that was begun in it. */
interface Scope {
  readonly hold: Hold;
  readonly outer: Scope | undefined;
  open: boolean;
}

const STORAGE = 'rlock-scopes';

/** Loaded at the first `with()` only: a program without an RLock pays for no async hook. */
function storage(): AsyncLocalStorage<Scope> {
  return singleton(STORAGE, () => {
    const { AsyncLocalStorage } = process.getBuiltinModule('node:async_hooks');
    return new AsyncLocalStorage<Scope>();
  });
}

/** Runs `body` so that it, and the work that begins in it, is inside the scope of `hold` until `body` is done. */
export async function inScopeOf<T>(hold: Hold, body: () => T | PromiseLike<T>): Promise<T> {
  const scope: Scope = { hold, outer: storage().getStore(), open: true };
  try {
    return await storage().run(scope, body);
  } finally {
    scope.open = false;
  }
}

/** Whether the caller is inside a scope of `hold` that has not ended. */
export function isInScopeOf(hold: Hold): boolean {
  if (!threadState.singletons.has(STORAGE)) return false;
  for (let scope = storage().getStore(); scope !== undefined; scope = scope.outer) {
    if (scope.hold === hold && scope.open) return true;
  }
  return false;
}
