import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { currentTask, task } from '@mp/pool';

/** One file for a worker. */
export interface Order {
  readonly url: string;
  readonly sha256: string | undefined;
  /** Where its content goes. */
  readonly path: string;
  /** How long the server may say nothing, in ms. */
  readonly silence: number;
}

/** How it went. */
export type Outcome =
  | { readonly attempts: number; readonly bytes: number; readonly sha256: string }
  | { readonly attempts: number; readonly failure: string };

/** What a worker tells meanwhile. */
export type News =
  | { readonly bytes: number }
  | { readonly attempt: number; readonly failure: string; readonly pause: number };

const MOST_ATTEMPTS = 4;
/** The pause after the first attempt; each one after that is twice as long. */
const FIRST_PAUSE_MS = 200;
/** How often the bytes are told. */
const TELL_MS = 100;

/** Answers that are worth another attempt: the server may be able to do it later. */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Downloads one file, in several attempts if it must. Another worker may begin anew when this one dies. */
export const fetchFile = task(
  import.meta,
  async function fetchFile(order: Order): Promise<Outcome> {
    const current = currentTask();
    for (let attempt = current.attempt; ; attempt++) {
      try {
        const tell = (bytes: number) => current.progress({ bytes } satisfies News);
        return { attempts: attempt, ...(await fetchOnce(order, current.signal, tell)) };
      } catch (error) {
        current.signal.throwIfAborted();
        const failure = reasonOf(error);
        if (attempt >= MOST_ATTEMPTS || !isPassing(error)) return { attempts: attempt, failure };
        const pause = pauseAfter(attempt);
        current.progress({ attempt, failure, pause } satisfies News);
        await delay(pause, undefined, { signal: current.signal });
      }
    }
  },
  { idempotent: true },
);

/** An answer that is not the file. */
class Refusal extends Error {
  readonly status: number;

  constructor({ status, statusText }: Response) {
    super(`${status} ${statusText}`.trim());
    this.status = status;
  }
}

async function fetchOnce(
  { url, sha256, path, silence }: Order,
  stop: AbortSignal,
  tell: (n: number) => void,
) {
  const gaveUp = new AbortController();
  const timer = setTimeout(() => gaveUp.abort(), silence);
  try {
    const signal = AbortSignal.any([stop, gaveUp.signal]);
    // The hash is that of the file, not of a compressed one.
    const response = await fetch(url, { signal, headers: { 'accept-encoding': 'identity' } });
    if (!response.ok) {
      await response.body?.cancel();
      throw new Refusal(response);
    }
    const hash = createHash('sha256');
    let bytes = 0;
    let toldAt = 0;
    const file = await open(path, 'w');
    try {
      for await (const piece of response.body ?? []) {
        timer.refresh();
        hash.update(piece);
        await file.writeFile(piece);
        bytes += piece.length;
        if (performance.now() - toldAt < TELL_MS) continue;
        toldAt = performance.now();
        tell(bytes);
      }
    } finally {
      await file.close();
    }
    const found = hash.digest('hex');
    if (sha256 !== undefined && found !== sha256)
      throw new Error(`its SHA-256 is ${found.slice(0, 8)}…, not ${sha256.slice(0, 8)}…`);
    tell(bytes);
    return { bytes, sha256: found };
  } catch (error) {
    throw gaveUp.signal.aborted ? new Error(`nothing came for ${silence / 1000} s`) : error;
  } finally {
    clearTimeout(timer);
  }
}

/** Half of it is chance: workers that failed together do not come back together. */
function pauseAfter(attempt: number): number {
  return Math.round(FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + Math.random() / 2));
}

/** Not what the server will say again, and not what is wrong with our own folder. */
function isPassing(error: unknown): boolean {
  if (error instanceof Refusal) return PASSING.has(error.status);
  return (error as NodeJS.ErrnoException).syscall === undefined;
}

/** What `fetch` throws says that it failed; why stands in its cause. */
function reasonOf(error: unknown): string {
  const { message, code, cause } = error as NodeJS.ErrnoException;
  return cause instanceof Error ? reasonOf(cause) : message || String(code);
}
