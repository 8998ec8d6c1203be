// Three pages are fetched at once, through a proxy: a coroutine that waits for its answer lets the others go on. The proxy is
// a server of this program, which gives no answer before all three have asked: asked one after the other, the first would get none.
import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { isMain } from '@mp/process';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

const PAGES: Record<string, string> = {
  'http://www.baidu.com/': 'the page of baidu',
  'http://www.sina.com.cn/': 'sina',
  'http://www.qq.com/': 'qq has a page, too',
};

export const scene: Scene = {
  title: 'Coroutines that wait for the network',
  seed: '843–865',
  proof({ lines }) {
    const urls = Object.keys(PAGES);
    const asked = urls.map((url) => `get: ${url}`);
    prove('all ask before the first answer', lines.slice(0, 3), asked);
    const lengths = urls.map((url) => `${url} ${PAGES[url].length}`);
    prove('the lengths of the answers', lines.slice(3).sort(), lengths.sort());
  },
};

function startProxy() {
  const waiting: [url: string, response: ServerResponse][] = [];
  return createServer((request, response) => {
    waiting.push([request.url!, response]);
    if (waiting.length < 3) return;
    for (const [url, each] of waiting) each.end(PAGES[url]);
  });
}

async function func(url: string, proxy: AddressInfo): Promise<void> {
  console.log(`get: ${url}`);
  const { host } = new URL(url);
  const request = get({ host: proxy.address, port: proxy.port, path: url, headers: { host }, agent: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  console.log(`${url} ${(await text(response)).length}`);
}

if (isMain(import.meta)) {
  const server = startProxy();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const proxy = server.address() as AddressInfo;
  await Promise.all(Object.keys(PAGES).map((url) => func(url, proxy)));
  server.close();
}
