// Stackless Python's channel: send() waits until a receiver takes the item, receive() until a sender has one. Tasklets are
// async functions; what `getcurrent()` answers is what an AsyncLocalStorage has for them. Nothing is fetched here.
import { AsyncLocalStorage } from 'node:async_hooks';
import { isMain } from '@mp/process';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

const URLS = Array.from({ length: 15 }, (_, index) => `http://localhost/${index + 1}`);

export const scene: Scene = {
  title: 'A channel between tasklets',
  seed: '620–639',
  proof({ lines }) {
    // The first ten find a tasklet that waits, the others the one that is back first.
    const wanted = URLS.map((url, index) => `${url} by tasklet ${(index % 10) + 1}`);
    prove('the lines', lines, wanted);
  },
};

class Channel<T> {
  readonly #receivers: ((item: T) => void)[] = [];
  readonly #senders: { item: T; taken: () => void }[] = [];

  send(item: T): Promise<void> {
    const receiver = this.#receivers.shift();
    if (receiver !== undefined) return Promise.resolve(receiver(item));
    return new Promise((taken) => this.#senders.push({ item, taken }));
  }

  receive(): Promise<T> {
    const sender = this.#senders.shift();
    if (sender === undefined) return new Promise((resolve) => this.#receivers.push(resolve));
    sender.taken();
    return Promise.resolve(sender.item);
  }
}

const current = new AsyncLocalStorage<number>();

async function output(channel: Channel<string>): Promise<never> {
  for (;;) {
    const url = await channel.receive();
    console.log(`${url} by tasklet ${current.getStore()}`);
  }
}

async function input(channel: Channel<string>): Promise<void> {
  for (const url of URLS) await channel.send(url);
}

if (isMain(import.meta)) {
  const channel = new Channel<string>();
  let isSent = false;
  const sending = channel.send('early').then(() => {
    isSent = true;
  });
  await new Promise(setImmediate);
  prove('a send without a receiver waits', isSent, false);
  prove('the item', await channel.receive(), 'early');
  await sending;

  for (let id = 1; id <= 10; id++) void current.run(id, output, channel);
  await input(channel);
}
