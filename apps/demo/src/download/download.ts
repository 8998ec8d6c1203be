import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Pool } from '@mp/pool';
import { Progress } from '../files/progress.ts';
import { fetchFile, type News, type Outcome } from './fetch-file.ts';
import type { Source } from './sources.ts';

/** How files are downloaded. */
export interface Plan {
  readonly folder: string;
  /** How many at the same time. */
  readonly workers: number;
  /** How long a server may say nothing, in ms. */
  readonly silence: number;
}

/** How often a download begins anew when its worker dies. */
const MOST_DEATHS = 2;

/**
 * Downloads files with a pool, each to the folder once it is whole and right.
 *
 * @param stop ends it; nothing is left then of what is not whole
 * @returns how it went, in the order of the sources
 */
export async function downloadAll(
  sources: readonly Source[],
  { folder, workers, silence }: Plan,
  stop: AbortSignal,
): Promise<Outcome[]> {
  const parts = mkdtempSync(join(folder, '.parts-'));
  const pool = new Pool({ workers: Math.min(workers, sources.length) });
  const display = new Display(sources);
  try {
    const outcomes = sources.map(async ({ url, sha256, file }, index): Promise<Outcome> => {
      const order = { url, sha256, silence, path: join(parts, String(index)) };
      const onProgress = (news: unknown) => display.tell(index, news as News);
      const outcome = await pool
        .apply(fetchFile, [order], { retries: MOST_DEATHS, signal: stop, onProgress })
        .then((ended) => placed(ended, order.path, join(folder, file)))
        .catch((error: Error): Outcome => {
          stop.throwIfAborted();
          return { attempts: 1 + MOST_DEATHS, failure: error.message };
        });
      display.done();
      return outcome;
    });
    const all = await Promise.all(outcomes);
    pool.close();
    await pool.join();
    return all;
  } catch (error) {
    await pool.terminate();
    throw error;
  } finally {
    rmSync(parts, { recursive: true, force: true });
  }
}

/** Puts a file where the user wants it, now that it is whole: in one step, also over an older one. */
function placed(outcome: Outcome, from: string, to: string): Outcome {
  if ('failure' in outcome) return outcome;
  try {
    renameSync(from, to);
    return outcome;
  } catch (error) {
    return { attempts: outcome.attempts, failure: (error as Error).message };
  }
}

/** Shows how far all of it is. */
class Display {
  readonly #sources: readonly Source[];
  readonly #progress: Progress;
  readonly #bytes: number[];
  #done = 0;

  constructor(sources: readonly Source[]) {
    this.#sources = sources;
    this.#progress = new Progress(sources.length);
    this.#bytes = sources.map(() => 0);
  }

  tell(index: number, news: News): void {
    if ('bytes' in news) this.#bytes[index] = news.bytes;
    else {
      const { failure, pause } = news;
      this.#progress.note(`${this.#sources[index].file}: ${failure}; again in ${pause} ms`);
    }
    this.#show();
  }

  done(): void {
    this.#done++;
    this.#show();
  }

  #show(): void {
    const bytes = this.#bytes.reduce((sum, each) => sum + each, 0);
    this.#progress.show(this.#done, `${(bytes / 1e6).toFixed(1)} MB`);
  }
}
