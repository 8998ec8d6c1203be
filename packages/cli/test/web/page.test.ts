import { once } from 'node:events';
import { createServer } from 'node:http';
import { snapshot } from '@mp/cli';
import { Lock } from '@mp/lock';
import { Queue } from '@mp/queue';
import {
  describeNeeding,
  eventually,
  type Fixture,
  freshName,
  leakCheck,
  TestBrowser,
  type Visit,
} from '@mp/testing';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Live } from '../../src/web/live.ts';
import { start, startWeb } from './web.ts';

leakCheck();

describeNeeding(TestBrowser.missing, 'the page in a browser', () => {
  let browser: TestBrowser;
  let web: Fixture;
  let address: string;
  let visit: Visit;

  beforeAll(async () => {
    [browser, { run: web, address }] = await Promise.all([TestBrowser.start(), startWeb()]);
  });
  afterAll(async () => {
    await browser.close();
    await web.kill('SIGINT');
  });
  afterEach(async () => {
    expect(visit.problems).toEqual([]);
    await visit.page.close();
  });

  /** The text of the first element that fits, once there is one. */
  const textOf = (selector: string) => visit.page.locator(selector).first().textContent();

  test('shows who holds a lock and who waits; a killed holder turns red, and its heir is named', async () => {
    const name = freshName();
    const holder = start('hold-lock', name);
    expect([await holder.line(), await holder.line()]).toEqual(['asks', 'held']);
    const waiters = [start('hold-lock', name), start('hold-lock', name)];
    for (const waiter of waiters) expect(await waiter.line()).toBe('asks');
    visit = await browser.open(address);
    const { page } = visit;
    await page.locator('#graph .node.object', { hasText: '2 wait' }).waitFor();
    expect(await textOf('#graph .node.object')).toContain(name);
    expect(await textOf('#graph .node.agent.plain')).toContain(`pid ${holder.pid}`);
    expect(await page.locator('#graph .node.agent.waiting').count()).toBe(2);
    expect(await page.locator('#graph path.waits').count()).toBe(2);
    for (const { pid } of [holder, ...waiters]) {
      expect(await textOf(`#processes [data-key="${pid}"]`)).toMatch(
        new RegExp(`node hold-lock.mjs\\s+pid ${pid} `),
      );
    }

    await holder.kill();
    await page.locator(`#processes [data-key="${holder.pid}"].dead`).waitFor();
    const heir = await Promise.race(waiters.map(async (waiter) => [await waiter.line(), waiter] as const));
    expect(heir[0]).toBe('recovered');
    const told = page.locator('#departures', { hasText: `taken over by pid ${heir[1].pid}` });
    await told.waitFor();
    expect(await told.textContent()).toContain(`(pid ${holder.pid}) died`);
    const title = page.locator(`#processes [data-key="${holder.pid}"] .title`);
    expect(
      await title.evaluate((element) => element.ownerDocument.defaultView.getComputedStyle(element).color),
    ).toBe('rgb(196, 35, 47)');
    for (const waiter of [heir[1], ...waiters.filter((each) => each !== heir[1])]) {
      waiter.say('let go');
      expect(await waiter.exited).toEqual({ code: 0, signal: null });
    }
    unlink(new Lock({ name }));
  });

  test('says why a look has failed, and keeps what was seen before', async () => {
    const name = freshName();
    const lock = new Lock({ name });
    let fails = false;
    const live = new Live(() => {
      if (fails) throw new Error('not this time');
      return snapshot();
    }, 100);
    // The files are those of `mp web`.
    await using server = createServer(async ({ url = '' }, response) => {
      if (url === '/events') {
        response.setHeader('Content-Type', 'text/event-stream');
        live.follow(response);
        return;
      }
      const file = await fetch(new URL(url.slice(1), address));
      response.setHeader('Content-Type', file.headers.get('content-type') as string);
      response.end(await file.text());
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    visit = await browser.open(`http://127.0.0.1:${(server.address() as { port: number }).port}/`);
    const { page } = visit;
    await page.locator('#objects', { hasText: name }).waitFor();
    fails = true;
    await page.locator('#status', { hasText: 'Cannot look: not this time' }).waitFor();
    expect(await textOf('#objects')).toContain(name);
    fails = false;
    await page.locator('#status', { hasText: 'live' }).waitFor();
    live.close();
    unlink(lock);
  });

  test('shows how a queue fills and drains', async () => {
    const name = freshName();
    const user = start('use-queue', name);
    expect(await user.line()).toBe('ready');
    visit = await browser.open(address);
    const { page } = visit;
    const card = page.locator('.card', { hasText: name });
    const depthIs = (depth: string) => card.locator('.depth', { hasText: depth }).waitFor();
    await depthIs('0 of 100');
    const before = await pixelsOf(visit);
    user.say('put 80');
    await depthIs('80 of 100');
    await eventually('something is drawn below the line', async () => (await pixelsOf(visit)) > before + 500);
    user.say('get 70');
    await depthIs('10 of 100');
    user.say('get 11');
    await card.locator('.flow', { hasText: '1 wait to get' }).waitFor();
    await user.kill();
    unlink(new Queue({ name }));
  });

  test('marks a ring of waiters', async () => {
    const [a, b] = [freshName(), freshName()];
    const both = [start('hold-and-wait', a, b), start('hold-and-wait', b, a)];
    for (const each of both) expect(await each.line()).toBe('held');
    visit = await browser.open(address);
    for (const each of both) each.say('go on');
    await visit.page.locator('#graph path.ring').first().waitFor({ state: 'attached' });
    expect(await visit.page.locator('#graph .node.cycle').count()).toBe(4);
    expect(await textOf('#summary [data-key="cycles"].bad')).toMatch(/^1\s*cycle$/);
    for (const each of both) await each.kill();
    for (const each of [a, b]) unlink(new Lock({ name: each }));
  });

  test('stays usable with 1,000 objects: only rows that can be seen exist, and search finds the others', async () => {
    const many = start('many-locks', '1000');
    expect(await many.line()).toBe('made');
    visit = await browser.open(address);
    const { page } = visit;
    await page.locator('#summary [data-key="objects"]', { hasText: '1,000' }).waitFor();
    expect(await page.locator('#objects .row').count()).toBeLessThan(60);
    expect(await page.locator('#objects .row').first().getAttribute('aria-setsize')).toBe('1000');

    await page.locator('#objects').focus();
    await page.keyboard.press('End');
    await page.locator('#objects [aria-selected="true"]', { hasText: 'lock-0999' }).waitFor();
    const active = await page.locator('#objects').getAttribute('aria-activedescendant');
    expect(await page.locator(`[id="${active}"]`).textContent()).toContain('lock-0999');

    await page.keyboard.press('/');
    await page.keyboard.type('lock-0777');
    await eventually('one row is left', async () => (await page.locator('#objects .row').count()) === 1);
    await page.locator('#objects').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.locator('#inspector-title', { hasText: 'Lock lock-0777' }).waitFor();
    expect(await textOf('#inspector-rows')).toContain(`by pid ${many.pid}`);
    await page.keyboard.press('Escape');
    expect(await page.locator('#inspector').isVisible()).toBe(false);
    expect(await page.evaluate('document.activeElement.id')).toBe('objects');

    await page.locator('#search').fill('');
    await page.locator('#graph .node.object', { hasText: 'lock-0000' }).waitFor();
    // It is drawn again and again, and the browser has time for its user.
    const first = await page.locator('body').getAttribute('data-drawn');
    await eventually(
      'it is drawn anew',
      async () => (await page.locator('body').getAttribute('data-drawn')) !== first,
      { within: 30_000 },
    );
    many.say('end');
    expect(await many.exited).toEqual({ code: 0, signal: null });
    await page.locator('#summary [data-key="objects"]', { hasText: /^0/ }).waitFor();
  });

  test('what other programs are called is text, never markup', async () => {
    const name = freshName();
    const holder = start('hold-lock', name, '<img src=x onerror="document.title=1"><b>bold</b>');
    expect([await holder.line(), await holder.line()]).toEqual(['asks', 'held']);
    visit = await browser.open(address);
    const { page } = visit;
    await page.locator(`#processes [data-key="${holder.pid}"]`).click();
    await page.locator('#inspector-rows', { hasText: '<img src=x onerror=' }).waitFor();
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.title()).toBe('mp web');
    holder.say('let go');
    await holder.exited;
    unlink(new Lock({ name }));
  });

  test.each([
    ['a phone', { width: 390, height: 844 }],
    ['a small phone', { width: 320, height: 600 }],
    ['a wide window', { width: 1600, height: 1000 }],
  ])('fits %s: nothing but the graph scrolls sideways', async (_, viewport) => {
    visit = await browser.open(address, { viewport, colorScheme: 'dark', reducedMotion: 'reduce' });
    await visit.page.locator('body[data-drawn]').waitFor();
    const width = await visit.page.evaluate('document.documentElement.scrollWidth');
    expect(width).toBeLessThanOrEqual(viewport.width);
    expect(await visit.page.evaluate('document.getAnimations().length')).toBe(0);
  });

  test('holds the picture still on demand, and says so when the server has ended', async () => {
    const other = await startWeb();
    visit = await browser.open(other.address);
    const { page } = visit;
    await page.locator('#status.live').waitFor();
    await page.keyboard.press('p');
    await page.locator('#status.paused').waitFor();
    await page.keyboard.press('p');
    await page.locator('#status.live').waitFor();
    await other.run.kill('SIGINT');
    await page.locator('#status', { hasText: 'mp web has ended' }).waitFor();
  });

  test('a page without the token is not there', async () => {
    visit = await browser.open(address);
    const answer = await visit.page.request.get(new URL('/', address).href);
    expect(answer.status()).toBe(403);
  });
});

/** How many pixels of the first plot have a colour. */
async function pixelsOf({ page }: Visit): Promise<number> {
  const canvas = page.locator('.card canvas').first();
  await canvas.waitFor();
  return canvas.evaluate((element) => {
    const { width, height } = element;
    // From a copy: the browser warns of a canvas that is drawn on and read in turns.
    const copy = element.ownerDocument.createElement('canvas');
    Object.assign(copy, { width, height });
    const pen = copy.getContext('2d', { willReadFrequently: true });
    pen.drawImage(element, 0, 0);
    const data = pen.getImageData(0, 0, width, height).data as Uint8ClampedArray;
    return data.filter((value, index) => index % 4 === 3 && value > 0).length;
  });
}

/** Removes what a fixture has named. */
function unlink(object: Lock | Queue): void {
  object.unlink();
  object.close();
}
