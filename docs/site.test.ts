import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { describeNeeding, leakCheck, TestBrowser, type Visit } from '@mp/testing';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { sourceFiles } from '../tools/workspace.mjs';
import { DIST, siteProblems } from './.vitepress/check.mjs';
import { SITE } from './.vitepress/repository.mjs';

leakCheck();

const missing = existsSync(join(DIST, 'index.html')) ? undefined : 'it is not built: npm run docs';
const pages = missing === undefined ? sourceFiles(DIST).filter((file) => file.endsWith('.html')) : [];
/** Those that somebody wrote; of the reference, which is made by one rule, some. */
const written = pages.filter((file) => !file.startsWith('api/') && file !== '404.html');
const LOCK = 'api/lock/classes/Lock.html';
const REFERENCE = ['api/index.html', 'api/lock/index.html', LOCK, 'api/manager/classes/RemoteDict.html'];
/** One of each kind. */
const SOME = ['index.html', 'guide/from-python.html', 'decisions/001-parking-and-ring.html', LOCK];

const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 360, height: 740 };

describeNeeding(missing, 'the site', () => {
  test('has no link that leads nowhere, and loads nothing from elsewhere (else, and after a change: npm run docs)', () => {
    expect(siteProblems(DIST).problems).toEqual([]);
  });

  test('llms.txt has every page that somebody wrote, as Markdown', () => {
    const listed = readFileSync(join(DIST, 'llms.txt'), 'utf8').matchAll(/^- \[.+?\]\((.+?)\)/gm);
    const files = [...listed].map(([, address]) => address.replace(SITE.href, ''));
    expect(files.sort()).toEqual(
      written
        .filter((file) => file !== 'index.html')
        .map((file) => file.replace(/html$/, 'md'))
        .sort(),
    );
    for (const file of files) expect(existsSync(join(DIST, file)), file).toBe(true);
  });

  describeNeeding(TestBrowser.missing, 'the site in a browser', () => {
    let browser: TestBrowser;
    let server: Server;
    let visit: Visit;
    beforeAll(async () => {
      [browser, server] = await Promise.all([TestBrowser.start(), serve()]);
    });
    afterAll(async () => {
      await browser.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    afterEach(async () => {
      expect(visit.problems).toEqual([]);
      await visit.page.context().close();
    });

    const addressOf = (path: string) =>
      `http://127.0.0.1:${(server.address() as AddressInfo).port}${SITE.pathname}${path}`;
    const open = async (path: string, options = {}) => {
      visit = await browser.open(addressOf(path), { viewport: DESKTOP, reducedMotion: 'reduce', ...options });
      await ready();
      return visit.page;
    };
    /** The page answers to its user. */
    const ready = () =>
      visit.page.waitForFunction('document.querySelector("#app").__vue_app__ !== undefined');
    /** A page that was led to shows itself some time after its address. */
    const shows = (title: string) => visit.page.locator('h1', { hasText: title }).waitFor();
    const overhang = () =>
      visit.page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');

    test.each([
      ['desktop, light', DESKTOP, 'light', SOME],
      ['desktop, dark', DESKTOP, 'dark', SOME],
      ['phone, light', PHONE, 'light', [...written, ...REFERENCE]],
      ['phone, dark', PHONE, 'dark', SOME],
    ] as const)('no page is wider than a %s', async (_, viewport, colorScheme, paths) => {
      const page = await open('', { viewport, colorScheme });
      const wide: string[] = [];
      for (const path of paths) {
        await page.goto(addressOf(path));
        await ready();
        if ((await overhang()) !== 0) wide.push(path);
        expect(await page.evaluate('document.documentElement.classList.contains("dark")')).toBe(
          colorScheme === 'dark',
        );
      }
      expect(wide).toEqual([]);
    });

    test('the search finds what is written in a page, and leads there', async () => {
      const page = await open('');
      await page.locator('.VPNavBarSearch button').first().click();
      await page.locator('#localsearch-input').fill('SharedMap');
      // Of the page itself, not of one of its parts.
      const result = page.locator('.VPLocalSearchBox .result', {
        hasText: /^\W*SharedMap · @mp\/shared\s*$/,
      });
      await result.first().click();
      await page.waitForURL('**/api/shared/classes/SharedMap.html*');
      await shows('SharedMap');
    });

    test('a page of the reference has the signatures, the errors and the example of the source', async () => {
      const page = await open(LOCK);
      expect(await page.locator('h1').textContent()).toContain('Lock');
      const code = await page.locator('main pre').allTextContents();
      expect(code.join('\n')).toContain('acquire(options?: WaitOptions): Promise<Guard>;');
      expect(code.join('\n')).toContain("new Lock({ name: 'db-migrate' })");
      expect(await page.locator('main').textContent()).toContain('ERR_MP_DEADLOCK');
    });

    test('on a phone the menu leads from page to page', async () => {
      const page = await open('guide/from-python.html', { viewport: PHONE });
      await page.locator('.VPLocalNav .menu').click();
      await page.locator('.VPSidebar.open a', { hasText: 'Memory layout' }).click();
      await page.waitForURL('**/memory-layout.html');
      await page.locator('.VPSidebar.open').waitFor({ state: 'detached' });
      await shows('Memory layout');
      expect(await overhang()).toBe(0);
    });
  });
});

const TYPES = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript'],
  ['.css', 'text/css'],
  ['.svg', 'image/svg+xml'],
  ['.json', 'application/json'],
]);

/** A server of files, as one of static pages is. */
async function serve(): Promise<Server> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, 'http://localhost');
    const path = decodeURI(pathname)
      .replace(SITE.pathname, '')
      .replace(/(?:^|\/)$/, '$&index.html');
    const type = TYPES.get(extname(path)) ?? 'application/octet-stream';
    readFile(join(DIST, path)).then(
      (content) => response.writeHead(200, { 'content-type': type }).end(content),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
