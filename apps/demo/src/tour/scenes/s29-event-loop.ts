// What the article lists of asyncio. The event loop of Node is there without being asked for, and ends by itself when nothing
// is left to do, so run_until_complete() is `await`, and nothing has to be closed. Calls later, servers and clients, other
// programs are Node's own; the pool of threads is @mp/pool's.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { promisify } from 'node:util';
import { isMain, Pool, task } from '@mp/pool';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

export const scene: Scene = {
  title: 'What an event loop does',
  seed: '768–799',
  proof({ lines }) {
    prove('the lines', lines, [
      'COR1 start',
      'COR2',
      'COR1 end',
      'called later',
      'server answered: HELLO',
      'program printed: hello',
      'thread computed: 42',
    ]);
  },
};

async function cor1(): Promise<void> {
  console.log('COR1 start');
  await cor2();
  console.log('COR1 end');
}

async function cor2(): Promise<void> {
  console.log('COR2');
}

async function callLater(): Promise<void> {
  const cancelled = setTimeout(() => console.log('cancelled'), 1);
  clearTimeout(cancelled);
  await new Promise<void>((resolve) => {
    setTimeout(() => resolve(console.log('called later')), 20);
  });
}

async function serverAndClient(): Promise<void> {
  const server = createServer((client) => {
    client.on('data', (text) => client.end(String(text).toUpperCase()));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.write('hello');
  const [answer] = await once(client, 'data');
  console.log(`server answered: ${answer}`);
  server.close();
}

async function otherProgram(): Promise<void> {
  const { stdout } = await promisify(execFile)('echo', ['hello']);
  console.log(`program printed: ${stdout.trim()}`);
}

export const multiply = task(import.meta, (a: number, b: number) => a * b);

async function poolOfThreads(): Promise<void> {
  const pool = new Pool({ workers: 1, kind: 'thread' });
  console.log(`thread computed: ${await pool.apply(multiply, [6, 7])}`);
  pool.close();
  await pool.join();
  let refusal = 'none';
  try {
    await pool.apply(multiply, [6, 7]);
  } catch (error) {
    refusal = (error as Error).name;
  }
  prove('a call after close()', refusal, 'ClosedError');
}

if (isMain(import.meta)) {
  await cor1();
  await callLater();
  await serverAndClient();
  await otherProgram();
  await poolOfThreads();
}
