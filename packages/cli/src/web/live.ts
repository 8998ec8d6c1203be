import type { ServerResponse } from 'node:http';
import type { Snapshot } from '../report.ts';
import { Changes } from './changes.ts';
import { Reserve } from './reserve.ts';

/** A page that has so much before it misses looks until it has read them: a tab in the background, a stopped browser. */
const MOST_UNREAD_BYTES = 8 * 1024 * 1024;

/** Looks take at most this part of one processor: a thousand busy objects make the picture slower, not the machine. */
const MOST_OF_A_PROCESSOR = 1 / 5;

/** Looks again and again, and tells every page that is open. While none is, it does not look. */
export class Live {
  readonly #look: () => Snapshot;
  readonly #interval: number;
  readonly #changes: Changes;
  readonly #reserve = new Reserve();
  /** Those that get the next changes, and those that have missed some and get everything. */
  readonly #pages = new Map<ServerResponse, 'current' | 'behind'>();
  #timer: NodeJS.Timeout | undefined;

  /** @param interval ms from one look to the next */
  constructor(look: () => Snapshot, interval: number) {
    this.#look = look;
    this.#interval = interval;
    this.#changes = new Changes(interval);
  }

  /**
   * Sends server-sent events until the page closes the connection: each is an `Update`, as JSON, or a `problem`: why a look has
   * failed, as a JSON string. The next look may succeed.
   */
  follow(response: ServerResponse): void {
    this.#pages.set(response, 'behind');
    response.on('close', () => {
      this.#pages.delete(response);
      if (this.#pages.size > 0) return;
      clearTimeout(this.#timer);
      this.#timer = undefined;
    });
    // A look is due for the first page. Further ones get the last look at once.
    if (this.#timer === undefined) this.#tick();
    else this.#tell(response, '');
  }

  /** Tells every page that this was the last update. */
  close(): void {
    clearTimeout(this.#timer);
    for (const response of this.#pages.keys()) response.end('event: end\ndata: 0\n\n');
    this.#pages.clear();
    this.#reserve.release();
  }

  #tick(): void {
    // Time of the processor, not of the clock: on a busy machine a look takes long and costs the same.
    const before = process.cpuUsage();
    try {
      const update = this.#changes.take(this.#reserve.lend(this.#look));
      for (const response of this.#pages.keys()) this.#tell(response, update);
    } catch (error) {
      const problem = JSON.stringify(`Cannot look: ${(error as Error).message}`);
      for (const response of this.#pages.keys()) response.write(`event: problem\ndata: ${problem}\n\n`);
    }
    const { user, system } = process.cpuUsage(before);
    const cost = (user + system) / 1000;
    this.#timer = setTimeout(() => this.#tick(), Math.max(this.#interval, cost / MOST_OF_A_PROCESSOR));
  }

  #tell(response: ServerResponse, update: string): void {
    if (response.writableLength > MOST_UNREAD_BYTES) {
      this.#pages.set(response, 'behind');
      return;
    }
    const isBehind = this.#pages.get(response) === 'behind';
    const told = isBehind ? this.#changes.whole : update;
    // No look has succeeded yet.
    if (told === undefined) return;
    response.write(`data: ${told}\n\n`);
    this.#pages.set(response, 'current');
  }
}
