import { Worker } from 'node:worker_threads';
import { type Exit, type Fixture, type FixtureOptions, LineQueue, spawnFixture } from './fixture.ts';

/** Where a peer of a test runs: in a process of its own, or in a worker thread of this one. */
export type PeerKind = 'process' | 'thread';

/**
 * Runs `program` like `spawnFixture`, but in a worker thread of this process. It speaks through
 * `parentPort` (a worker's stdout waits for its event loop): one message is one line, in both directions.
 * `kill()` is `worker.terminate()`, whatever the signal.
 */
export function spawnThread(program: URL, { args = [], env = {} }: FixtureOptions = {}): Fixture {
  const title = `thread ${program.pathname.slice(program.pathname.lastIndexOf('/') + 1)}`;
  const worker = new Worker(program, {
    argv: [...args],
    env: { ...process.env, ...env } as NodeJS.Dict<string>,
  });
  let failure = '';
  const lines = new LineQueue(
    (why) => new Error(`Cannot read the next line of ${title}: ${why}. It threw: ${failure}`),
  );
  const exited = new Promise<Exit>((resolve) => {
    worker.on('exit', (code) => {
      lines.end();
      resolve({ code, signal: null });
    });
  });
  worker.on('message', (line: string) => lines.push(line));
  worker.on('error', (error) => {
    failure += error.stack;
  });
  return {
    pid: process.pid,
    exited,
    get stderr() {
      return failure;
    },
    line: () => lines.next(),
    rest: () => lines.rest(),
    say: (text) => worker.postMessage(text),
    kill: async () => {
      await worker.terminate();
      return exited;
    },
  };
}

/** Runs `program` where `kind` says; it must speak by `parentPort` when it has one, else by stdin and stdout. */
export function spawnPeer(kind: PeerKind, program: URL, options?: FixtureOptions): Fixture {
  return kind === 'thread' ? spawnThread(program, options) : spawnFixture(program, options);
}
