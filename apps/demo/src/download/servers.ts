import { createCipheriv, createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type Connection, pipe } from '@mp/pipe';
import { Process, task } from '@mp/process';
import { SharedStruct } from '@mp/shared';

/** One request, to be answered in the manner of a server. */
interface Visit {
  readonly response: ServerResponse;
  readonly body: Buffer;
  /** The number of this visit for the same file, from 1. */
  readonly number: number;
  /** Counts the visit as over: before its last byte leaves, so that it never overlaps the next one of the same client. */
  leave(): void;
}

const SLOW_BYTES = 40_000;
const SLOW_MS = 60;

const MANNERS = {
  good: end,

  async slow({ response, body, leave }: Visit) {
    for (let from = 0; from < body.length; from += SLOW_BYTES) {
      response.write(body.subarray(from, from + SLOW_BYTES));
      await delay(SLOW_MS);
    }
    leave();
    response.end();
  },

  /** Hangs up in the middle, at the second visit has one byte wrong, and then works. */
  unreliable(visit: Visit) {
    const { response, body, number, leave } = visit;
    if (number === 1) {
      response.write(body.subarray(0, body.length / 2), () => {
        leave();
        response.destroy();
      });
      return;
    }
    if (number === 2) body[body.length >> 1] ^= 1;
    end(visit);
  },

  broken(visit: Visit) {
    visit.response.statusCode = 500;
    end(visit);
  },
};

function end({ response, body, leave }: Visit): void {
  leave();
  response.end(body);
}

type Manner = keyof typeof MANNERS;

/** What each server has: the name and size of its files. */
const SHELVES: Record<Manner, Readonly<Record<string, number>>> = {
  good: { 'letters.txt': 300_000, 'map.png': 1_200_000 },
  slow: { 'film.mp4': 400_000 },
  unreliable: { 'photo.jpg': 250_000, 'song.ogg': 500_000 },
  broken: { 'report.pdf': 100_000 },
};

/** How many requests are served at the same time, by all servers together, and at most. */
type Load = SharedStruct<{ now: 'i32'; most: 'i32' }>;

/** An HTTP server in a process of its own. It ends when the other end of `line` is closed, or its process is gone. */
export const serveFiles = task(
  import.meta,
  async function serveFiles(manner: Manner, load: Load, line: Connection<number>) {
    const visits = new Map<string, number>();
    const server = createServer((request, response) => {
      const name = String(request.url).slice(1);
      if (!Object.hasOwn(SHELVES[manner], name)) {
        response.writeHead(404).end();
        return;
      }
      const number = (visits.get(name) ?? 0) + 1;
      visits.set(name, number);
      load.updateSync((fields) => {
        fields.now += 1;
        fields.most = Math.max(fields.most, fields.now);
      });
      const leave = () => {
        load.add('now', -1);
      };
      const body = contentOf(name, SHELVES[manner][name]);
      response.setHeader('content-length', body.length);
      void MANNERS[manner]({ response, body, number, leave });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    await line.send((server.address() as AddressInfo).port);
    // Nothing more is sent: what there is to be received is the end.
    await line.poll({});
    server.close();
    server.closeAllConnections();
  },
);

/** Bytes that both sides can make: as random as a cipher of zeros. */
function contentOf(name: string, size: number): Buffer {
  const key = createHash('sha256').update(name).digest().subarray(0, 16);
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size));
}

/** Servers on this machine, some of which do not work as they should. */
export class LocalServers {
  /** What they have, each with its hash. */
  readonly urls: readonly string[];
  readonly #load: Load;
  readonly #running: readonly Running[];

  private constructor(running: readonly Running[], load: Load) {
    this.#running = running;
    this.#load = load;
    this.urls = running.flatMap(({ manner, port }) =>
      Object.entries(SHELVES[manner]).map(([name, size]) => {
        const sha256 = createHash('sha256').update(contentOf(name, size)).digest('hex');
        return `http://127.0.0.1:${port}/${name}#sha256=${sha256}`;
      }),
    );
  }

  static async start(): Promise<LocalServers> {
    const load: Load = new SharedStruct({ now: 'i32', most: 'i32' });
    const running = await Promise.all(Object.keys(MANNERS).map((each) => startServer(each as Manner, load)));
    return new LocalServers(running, load);
  }

  /** What each of them is, in a line. */
  get titles(): string[] {
    return this.#running.map(({ manner, port, child }) => `127.0.0.1:${port}  ${manner}, pid ${child.pid}`);
  }

  /** How many requests they served at the same time, at most. */
  get most(): number {
    return this.#load.fields.most;
  }

  async close(): Promise<void> {
    for (const { line } of this.#running) line.close();
    for (const { child } of this.#running) await child.join();
    this.#load.close();
  }
}

interface Running {
  readonly manner: Manner;
  readonly port: number;
  readonly child: Process;
  readonly line: Connection<number>;
}

async function startServer(manner: Manner, load: Load): Promise<Running> {
  const [line, there] = pipe<number>();
  const child = new Process({ target: serveFiles, args: [manner, load, there], daemon: true });
  child.start();
  return { manner, port: await line.recv(), child, line };
}
