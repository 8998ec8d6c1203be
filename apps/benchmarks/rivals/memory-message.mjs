import { parentPort, Worker } from 'node:worker_threads';

/** Copies of buffers to a worker thread: `postMessage` without a transfer. */
export async function near({ sizes }) {
  const worker = new Worker(new URL(import.meta.url), { workerData: 'echo' });
  await new Promise((resolve) => worker.once('online', resolve));
  const works = Object.entries(sizes).map(([work, size]) => {
    const content = new Uint8Array(size).fill(7);
    const there = () =>
      new Promise((resolve) => {
        worker.once('message', resolve);
        worker.postMessage(content);
      });
    return [
      work,
      async (count) => {
        for (let turn = 0; turn < count; turn++) await there();
      },
    ];
  });
  return { ...Object.fromEntries(works), close: () => worker.terminate() };
}

parentPort?.on('message', (content) => parentPort.postMessage(content.at(-1)));
