// The exercise of the article: a pool of three downloads the home pages of six hosts. A server of this program plays them all. It
// answers none of three before all three have asked, and then waits a little: a fourth would be seen. One host hangs up: that
// is an error of its download, and of no other.
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { isMain, Pool, task } from '@mp/pool';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

const DOWNLOAD_TXT = `www.sina.com.cn
www.163.com
www.iciba.com
www.cnblogs.com
www.qq.com
www.douban.com
`;
const HANGS_UP = 'www.iciba.com';
const pageOf = (host: string) => `<h1>The home of ${host}</h1>\n`;

export const scene: Scene = {
  title: 'Downloads',
  seed: '1929–1940',
  proof({ lines }) {
    const hosts = DOWNLOAD_TXT.trim().split('\n');
    const ends = hosts.map((host) => {
      return `${host}: ${host === HANGS_UP ? 'failed' : `${pageOf(host).length} characters`}`;
    });
    const files = hosts.filter((host) => host !== HANGS_UP).sort();
    prove('the lines', lines, [...ends, `files: ${files.join(' ')}`, 'at the same time: 3, by 3 processes']);
  },
};

export const download = task(import.meta, async (host: string, port: number, folder: string) => {
  const request = get({ host: '127.0.0.1', port, headers: { host }, agent: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const page = await text(response);
  await writeFile(join(folder, host), page);
  return { length: page.length, pid: process.pid };
});

/** A server that sees how many downloads are under way. */
function startServer() {
  const waiting: (() => void)[] = [];
  const seen = { most: 0 };
  const server = createServer(({ headers: { host } }, response) => {
    waiting.push(() => {
      if (host === HANGS_UP) response.destroy();
      else response.end(pageOf(host!));
    });
    seen.most = Math.max(seen.most, waiting.length);
    if (waiting.length < 3) return;
    setTimeout(() => {
      for (const answer of waiting.splice(0)) answer();
    }, 100);
  });
  return { server, seen };
}

/** Says what became of each download. @returns how many processes did them */
async function downloadAll(hosts: readonly string[], port: number, folder: string): Promise<number> {
  const pids = new Set<number>();
  const pool = new Pool({ workers: 3 });
  const downloads = hosts.map((host) => pool.apply(download, [host, port, folder]));
  for (const [index, result] of (await Promise.allSettled(downloads)).entries()) {
    if (result.status === 'fulfilled') {
      pids.add(result.value.pid);
      console.log(`${hosts[index]}: ${result.value.length} characters`);
    } else {
      console.log(`${hosts[index]}: failed`);
      prove('why it failed', result.reason.code, 'ECONNRESET');
    }
  }
  pool.close();
  await pool.join();
  return pids.size;
}

if (isMain(import.meta)) {
  const folder = mkdtempSync(join(tmpdir(), 'tour-downloads-'));
  const { server, seen } = startServer();
  try {
    const [list, pages] = [join(folder, 'download.txt'), join(folder, 'pages')];
    writeFileSync(list, DOWNLOAD_TXT);
    mkdirSync(pages);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const processes = await downloadAll(readFileSync(list, 'utf8').trim().split('\n'), port, pages);
    console.log(`files: ${readdirSync(pages).sort().join(' ')}`);
    console.log(`at the same time: ${seen.most}, by ${processes} processes`);
    for (const host of readdirSync(pages))
      prove(`the page of ${host}`, readFileSync(join(pages, host), 'utf8'), pageOf(host));
  } finally {
    server.close();
    rmSync(folder, { recursive: true });
  }
}
