import type { Call } from './call.ts';
import type { Hosted, HostedObjects } from './hosted.ts';
import type { Limits } from './limits.ts';
import type { MemoryGuard } from './memory-guard.ts';

/** A session, as far as its server looks at it. */
export interface Served {
  /** Whether the client came with a reference instead of the key: it makes nothing of its own. */
  readonly isGuest: boolean;
}

/** What a session asks its server. */
export interface SessionOwner {
  readonly objects: HostedObjects;
  readonly limits: Limits;
  readonly memory: MemoryGuard;
  /** Whether no call is taken any more. */
  readonly isShuttingDown: boolean;
  /** Runs a method of the server itself. */
  invokeRoot(method: string, args: readonly unknown[], call: Call, session: Served): unknown;
  /** Runs a task on an object, alone. */
  update(hosted: Hosted, args: readonly unknown[], call: Call): Promise<unknown>;
  /** The task that a client names. */
  findTask(ref: unknown): Promise<(...args: never[]) => unknown>;
  /** The object that a handle from another connection stands for; `undefined` when it is of another server. */
  foreign(parts: readonly unknown[], session: Served): unknown;
  /** The session has ended. */
  ended(session: Served): void;
}
