import { get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';

const MOST_TRIES = 50;
const PAUSE_MS = 20;

/** What a server has answered. */
export interface Answered {
  readonly body: string;
  /** How many requests got none: the worker that had them died. */
  readonly lost: number;
}

/** Begins a request by a connection of its own, so that any worker may have it. Resolves when the answer begins. */
export function begin(url: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, resolve).on('error', reject);
  });
}

/** Asks until there is an answer, as a browser does. */
export async function ask(url: string): Promise<Answered> {
  for (let lost = 0; ; lost++) {
    try {
      return { body: await text(await begin(url)), lost };
    } catch (error) {
      if (lost + 1 === MOST_TRIES) throw error;
      await delay(PAUSE_MS);
    }
  }
}
