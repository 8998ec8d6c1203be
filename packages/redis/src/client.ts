import { RESP_TYPES } from 'redis';
import type { Argument, Reply, Script } from './scripts.ts';

/** Where Redis is. It can be sent to another thread. */
export interface Reach {
  readonly url: string;
  /** Whether `url` is one node of a cluster. */
  readonly cluster: boolean;
  /** URLs of other nodes of it: the cluster is found by any of them. */
  readonly nodes?: readonly string[];
}

/** One connection; a cluster has several, which count as one. */
export interface Client {
  /** How to connect again when this connection is lost. */
  readonly reach: Reach;
  run(script: Script, keys: readonly string[], args: readonly Argument[]): Promise<Reply>;
  /** A command that names no key. */
  command(...words: string[]): Promise<unknown>;
  subscribe(channel: string, listener: (message: string) => void): Promise<void>;
  unsubscribe(channel: string): Promise<void>;
  /** Whether it keeps the process alive. */
  setRef(keepsAlive: boolean): void;
  /** Ends it; what is under way rejects. */
  destroy(): void;
}

/** How long a Redis may take to answer the first words of a connection. */
export const GREETING_MS = 5_000;

/**
 * The library would give each command a timer and an AbortSignal of its own, for the time until it is written. A {@link Link}
 * sees a dead connection by its silence.
 */
export const NO_TIMEOUT = { timeout: undefined };

/** Strings come as bytes. */
export const AS_BYTES = { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } };

/** What a connection tells of itself. */
export interface ClientEvents {
  /** It has ended, or cannot be trusted any more. It is not made again by itself. */
  lost(error: Error): void;
  /** A part of it was made again, perhaps to another node: what that has may be a little older. */
  again(): void;
}

export function words(script: string, how: string, keys: readonly string[], args: readonly Argument[]) {
  const all: (string | Buffer)[] = [how, script, String(keys.length)];
  for (const key of keys) all.push(key);
  for (const each of args) all.push(typeof each === 'number' ? String(each) : each);
  return all;
}

export function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}
