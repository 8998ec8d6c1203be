import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { snapshot } from '../snapshot.ts';
import { Gate } from './gate.ts';
import { Live } from './live.ts';
import { pageFiles } from './page-files.ts';

const HOST = '127.0.0.1';
const LEAST_INTERVAL_MS = 100;
const MOST_INTERVAL_MS = 60_000;
/** How long an open page has to read that this was the end. */
const LAST_WORD_MS = 500;

/** Where the page is served, and how often it is told. */
export interface WebOptions {
  /** TCP port on the loopback interface, 0 to 65,535. Default: 0, a free one. */
  port?: number | undefined;
  /** ms from one look to the next, 100 to 60,000. Default: 500. */
  interval?: number | undefined;
  /** The segment directory. Default: `$MP_DIR`, else that of this user. */
  directory?: string | undefined;
}

/** Nothing may be loaded from elsewhere, and no text becomes markup or a script. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': POLICY,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

/**
 * Serves a page with a live picture of what this user's programs share: on the loopback interface only, and only to those
 * who know its address, which has a random token in it. It looks only while a page is open; looking takes no lock and
 * changes nothing. Python has no counterpart.
 *
 * @example
 * ```ts
 * import { WebServer } from '@mp/cli';
 *
 * const web = await WebServer.start({ interval: 1000 });
 * console.log(web.address.startsWith('http://127.0.0.1:')); // true
 * await web.close();
 * ```
 */
export class WebServer {
  /** Open it in a browser. A program that knows it can read the page. */
  readonly address: string;
  readonly #server: Server;
  readonly #gate: Gate;
  readonly #live: Live;
  readonly #files = pageFiles();

  private constructor(server: Server, { interval = 500, directory }: WebOptions) {
    const { port } = server.address() as AddressInfo;
    this.#server = server;
    this.#gate = new Gate(port);
    this.#live = new Live(() => snapshot({ directory }), interval);
    this.address = `http://${HOST}:${port}/${this.#gate.token}/`;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.#answer(request, response);
    });
  }

  /**
   * @param options see {@link WebOptions}
   * @throws RangeError when a number is not in its range
   * @throws Error with the `code` of the system, like `EADDRINUSE`, when it cannot listen at that port
   */
  static async start(options: WebOptions = {}): Promise<WebServer> {
    const { port = 0, interval } = options;
    checkWhole('port', port, 0, 65_535);
    if (interval !== undefined) checkWhole('interval', interval, LEAST_INTERVAL_MS, MOST_INTERVAL_MS);
    const server = createServer();
    server.listen({ port, host: HOST });
    await once(server, 'listening');
    return new WebServer(server, options);
  }

  /** Ends it: pages that are open say that it has ended. Again it does nothing. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#live.close();
    // A page that was stopped reads no last word.
    const cut = setTimeout(() => this.#server.closeAllConnections(), LAST_WORD_MS);
    await closed;
    clearTimeout(cut);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const admitted = this.#gate.admit(request);
    if ('status' in admitted) {
      const more: Record<string, string> = admitted.status === 405 ? { Allow: 'GET' } : {};
      end(response, admitted.status, { ...more, 'Content-Type': 'text/plain' }, `${admitted.why}\n`);
      return;
    }
    const { path } = admitted;
    if (path === undefined) {
      end(response, 308, { Location: `/${this.#gate.token}/` }, '');
      return;
    }
    if (path === 'events') {
      response.writeHead(200, { ...HEADERS, 'Content-Type': 'text/event-stream', Connection: 'close' });
      this.#live.follow(response);
      return;
    }
    const file = this.#files.get(path);
    if (file === undefined) end(response, 404, { 'Content-Type': 'text/plain' }, 'There is no such file\n');
    else end(response, 200, { 'Content-Type': file.type }, file.body);
  }
}

function end(
  response: ServerResponse,
  status: number,
  headers: Record<string, string>,
  body: string | Buffer,
): void {
  response.writeHead(status, { ...HEADERS, ...headers, 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

function checkWhole(name: string, value: unknown, least: number, most: number): void {
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return;
  throw new RangeError(`\`${name}\` must be a whole number from ${least} to ${most}, not ${String(value)}`);
}
