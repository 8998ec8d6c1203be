import { once } from 'node:events';
import { type WebOptions, WebServer } from './server.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * `mp web`: serves the page, prints its address as the only line of stdout, and ends with Ctrl-C.
 *
 * @param options see {@link WebOptions}
 * @returns the exit code: 0 when it was told to end, 1 when it cannot listen at that port
 * @throws RangeError when a number is not in its range
 */
export async function webCommand(options: WebOptions = {}): Promise<number> {
  const told = firstSignal();
  try {
    const web = await WebServer.start(options);
    console.log(web.address);
    console.error('Open this address in a browser. Ctrl-C ends the page.');
    await told.promise;
    await web.close();
    return 0;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    console.error(
      `Cannot serve at port ${options.port}: ${message}. Choose another one by --port, or 0 for a free one`,
    );
    return 1;
  } finally {
    told.forget();
  }
}

function firstSignal(): { promise: Promise<unknown>; forget(): void } {
  const forgotten = new AbortController();
  const { signal } = forgotten;
  const waits = SIGNALS.map((name) => once(process, name, { signal }).catch(() => {}));
  return { promise: Promise.race(waits), forget: () => forgotten.abort() };
}
