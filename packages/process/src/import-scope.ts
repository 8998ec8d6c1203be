import { AsyncLocalStorage } from 'node:async_hooks';
import { MpError, singleton, threadState } from '@mp/core/internal';
import { beginIfMarked, bootMark } from './boot.ts';
import { processState } from './state.ts';

/*
 * A child imports the module of its task, and often that is the script that started everything. A script that starts
 * things without a guard would then start them in every child, which would start more. So nothing may be started by
 * what runs because a module is imported, also later: `main()` at the end of a script goes on after the import.
 */
interface ImportScope {
  readonly storage: AsyncLocalStorage<true>;
  underWay: number;
  /** Whether the scope stays on: the first script was imported and never asked isMain(), so its top level may go on without end. */
  lasts: boolean;
}

function scope(): ImportScope {
  return singleton('import-scope', () => ({
    storage: bootMark()?.storage ?? new AsyncLocalStorage(),
    underWay: 0,
    lasts: false,
  }));
}

/**
 * Refuses to start something by what runs because a child imports the module of a task.
 *
 * @param name what would be started
 * @throws MpError `ERR_MP_UNGUARDED_MAIN`
 */
export function assertGuarded(name: string): void {
  if (scope().storage.getStore() !== true) return;
  throw new MpError(
    'ERR_MP_UNGUARDED_MAIN',
    `Cannot start ${name} while this child still imports the module of its task: every child would start more. ` +
      'Put what starts things behind: if (isMain(import.meta)) { … }',
  );
}

/** Imports the module of a task in a child. */
export async function importTasks(url: string): Promise<void> {
  const here = scope();
  here.underWay++;
  try {
    await here.storage.run(true, () => import(url));
  } finally {
    here.underWay--;
    if (url === threadState.entry && !processState().askedIsMain.has(url)) here.lasts = true;
    // It slows down every promise of this thread.
    if (here.underWay === 0 && !here.lasts) here.storage.disable();
  }
}

beginIfMarked(importTasks);
