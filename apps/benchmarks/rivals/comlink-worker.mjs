import { parentPort } from 'node:worker_threads';
import { expose } from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';

const dict = new Map();

class Counter {
  #value = 0;

  add(number) {
    this.#value += number;
    return this.#value;
  }
}

expose(
  {
    get: (key) => dict.get(key),
    // The Map itself cannot be sent.
    set(key, value) {
      dict.set(key, value);
    },
    Counter,
  },
  nodeEndpoint(parentPort),
);
