import { Worker } from 'node:worker_threads';
import { wrap } from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';

/** Only threads of one process can be clients. */
export async function near({ object }) {
  const worker = new Worker(new URL('comlink-worker.mjs', import.meta.url));
  const api = wrap(nodeEndpoint(worker));
  return { ...(await OBJECTS[object](api)), close: () => worker.terminate() };
}

const OBJECTS = {
  dict: (api) => ({ get: (key) => api.get(key), set: (key, value) => api.set(key, value) }),
  async counter(api) {
    const counter = await new api.Counter();
    return { add: (number) => counter.add(number) };
  },
};
