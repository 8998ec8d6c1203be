import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { Server as Listener } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '@mp/pipe';
import { task } from '@mp/process';
import type { SharedMap } from '@mp/shared';

/** How many requests each worker has answered, by its pid; also of those that are gone. */
export type Hits = SharedMap<number, number>;

/** The descriptor of the port in a worker: the first one after the three streams. */
export const PORT_FD = 3;

/** How long clients that are connected and ask nothing are waited for when a worker ends. */
const SILENT_MS = 1_000;

/**
 * Serves HTTP on the port that it has inherited, until SIGTERM: then it takes no more connections, finishes the requests
 * that it has, and ends.
 */
export const serveRequests = task(
  import.meta,
  async function serveRequests(hits: Hits, up: Connection<'up'>) {
    // These reach every process of a terminal; what is to be done then, the supervisor decides.
    for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => {});
    let underWay = 0;
    let state: 'open' | 'ending' | 'last' = 'open';
    const server = createServer(async (request, response) => {
      underWay++;
      if (state !== 'open') response.setHeader('connection', 'close');
      response.once('close', () => {
        underWay--;
        if (state === 'last' && underWay === 0) server.closeAllConnections();
      });
      await answer(String(request.url), response, hits);
    });
    process.on('SIGTERM', () => {
      if (state !== 'open') return;
      state = 'ending';
      // A server of HTTP has a way of its own to close. From Node 26.4 on it also ends connections whose request is still to come.
      Listener.prototype.close.call(server);
      setTimeout(() => {
        state = 'last';
        if (underWay === 0) server.closeAllConnections();
      }, SILENT_MS).unref();
    });
    server.listen({ fd: PORT_FD });
    await once(server, 'listening');
    await up.send('up');
    up.close();
    await once(server, 'close');
    hits.close();
  },
);

async function answer(url: string, response: ServerResponse, hits: Hits): Promise<void> {
  const slow = /^\/slow\/(\d{1,5})$/.exec(url);
  if (url === '/stats') {
    const workers = Object.fromEntries(hits);
    const all = Object.values(workers).reduce((sum, each) => sum + each, 0);
    response.setHeader('content-type', 'application/json');
    response.end(`${JSON.stringify({ hits: all, workers })}\n`);
  } else if (url === '/' || slow !== null) {
    hits.update(process.pid, (n = 0) => n + 1);
    response.setHeader('content-type', 'text/plain');
    if (slow !== null) {
      response.write('wait\n');
      await delay(Number(slow[1]));
    }
    response.end(`${process.pid}\n`);
  } else {
    response.statusCode = 404;
    response.end('There are /, /slow/<ms> and /stats\n');
  }
}
