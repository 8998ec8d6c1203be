import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { MessageChannel, Worker } from 'node:worker_threads';

const entry = new URL('far-entry.mjs', import.meta.url);

/**
 * What an adapter gets to make its near side with: the round's parameters, a name nobody else uses (the round may have
 * chosen its `address`), and the means to start the far side. Orders to the far side and its reports go by a way of
 * their own, never by the one under test.
 */
export function nearContext(params) {
  const context = {
    address: `bench-${process.pid}`,
    ...params,
    far: undefined,
    startProcess: async (serialization) => {
      context.far = await farProcess(plain(context), serialization);
      return context.far.peer;
    },
    startThread: async () => {
      context.far = await farThread(plain(context));
      return context.far.peer;
    },
  };
  return context;
}

const plain = ({ adapter, options, payload, address, consumers, entries, opens, object, where }) => ({
  adapter,
  options,
  payload,
  address,
  consumers,
  entries,
  opens,
  object,
  where,
});

/**
 * One more process with the far side of an adapter that several may share.
 *
 * @param place `{ role, number }`: which of the producers or consumers it is
 */
export function startFar(context, place) {
  return farProcess({ ...plain(context), place });
}

/** @param serialization opens an IPC channel of that kind for the adapter; absent: none */
async function farProcess(context, serialization) {
  const child = spawn(process.execPath, [fileURLToPath(entry), JSON.stringify(context)], {
    stdio: ['pipe', 'pipe', 'inherit', ...(serialization ? ['ipc'] : [])],
    serialization,
  });
  child.once('exit', failed);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const far = {
    peer: child,
    /** Resolves when the order is on its way, so that this thread may block afterwards. */
    order: (work, count) =>
      new Promise((resolve) => child.stdin.write(`${JSON.stringify({ work, count })}\n`, resolve)),
    report: async () => JSON.parse((await lines.next()).value),
    end: () => {
      child.off('exit', failed);
      child.stdin.end();
    },
  };
  await far.report();
  return far;
}

async function farThread(context) {
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(entry, { workerData: { context, orders: port2 }, transferList: [port2] });
  worker.once('error', (error) => {
    console.error(error);
    failed(1);
  });
  const reports = [];
  let hear;
  port1.on('message', (report) => {
    reports.push(report);
    hear?.();
  });
  const far = {
    peer: worker,
    order: async (work, count) => port1.postMessage({ work, count }),
    report: async () => {
      while (reports.length === 0) await new Promise((resolve) => (hear = resolve));
      // The CPU time of this process is that of both sides: the near side has counted it.
      return { ...reports.shift(), cpu: undefined };
    },
    end: () => port1.close(),
  };
  await far.report();
  return far;
}

/** Without its far side a round would wait without end. Its error is on stderr already. */
function failed(code) {
  process.exit(code || 1);
}
