import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { RpcSession, RpcTarget } from 'capnweb';
import { startFar } from '../harness/far-side.mjs';
import { clientWorks } from '../harness/manager-calls.mjs';
import { privatePath } from '../harness/private-path.mjs';

/** Its messages are JSON, so lines can carry them. */
const END = '\n';

class Counter extends RpcTarget {
  #value = 0;

  add(number) {
    this.#value += number;
    return this.#value;
  }
}

class Store extends RpcTarget {
  static #dict = new Map();

  get(key) {
    return Store.#dict.get(key);
  }

  set(key, value) {
    Store.#dict.set(key, value);
  }

  counter() {
    return new Counter();
  }
}

const OBJECTS = {
  dict: (store) => ({ get: (key) => store.get(key), set: (key, value) => store.set(key, value) }),
  async counter(store) {
    const counter = await store.counter();
    return { add: (number) => counter.add(number) };
  },
};

export async function near(context) {
  const server = await startFar(context, { role: 'server' });
  await server.order('listen');
  await server.report();
  const client = await connected(context);
  return {
    ...client,
    close() {
      client.close();
      server.end();
    },
  };
}

export async function far(context) {
  return context.place.role === 'client'
    ? clientWorks(await connected(context), context)
    : { listen: () => listen(context) };
}

async function listen(context) {
  const server = createServer((socket) => new RpcSession(new LineTransport(socket), new Store()));
  server.listen(privatePath(context));
  await once(server, 'listening');
}

async function connected(context) {
  const socket = connect(privatePath(context));
  await once(socket, 'connect');
  const store = new RpcSession(new LineTransport(socket)).getRemoteMain();
  return { ...(await OBJECTS[context.object](store)), close: () => socket.destroy() };
}

/** What capnweb sends and receives by. It brings WebSockets, for which Node 20 has no client. */
class LineTransport {
  #socket;
  #lines = [];
  #rest = [];
  #end;
  #hear;

  constructor(socket) {
    this.#socket = socket.setEncoding('utf8');
    socket.on('data', (text) => this.#onText(text));
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#end = new Error('The socket was closed');
      this.#hear?.();
    });
  }

  send(line) {
    this.#socket.write(line + END);
  }

  async receive() {
    while (this.#lines.length === 0) {
      if (this.#end) throw this.#end;
      await new Promise((resolve) => (this.#hear = resolve));
    }
    return this.#lines.shift();
  }

  abort() {
    this.#socket.destroy();
  }

  #onText(text) {
    const [first, ...others] = text.split(END);
    this.#rest.push(first);
    for (const start of others) {
      this.#lines.push(this.#rest.join(''));
      this.#rest = [start];
    }
    this.#hear?.();
  }
}
