import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

/** Debian's. */
const PROGRAM = 'chromium';
/** How long a page may take until something is seen. */
const WITHIN_MS = 30_000;

/** A page that a test has opened. */
export interface Visit {
  readonly page: Page;
  /** What a user must not see: errors on the console, exceptions, requests that failed or went to another origin. */
  readonly problems: readonly string[];
}

/** A real browser without a window. What it writes is in a folder of its own, which goes with it. */
export class TestBrowser {
  /** Why there is none on this machine; `undefined` = there is one. */
  static readonly missing = pathOf(PROGRAM) === undefined ? `there is no ${PROGRAM}` : undefined;

  readonly #folder: string;
  readonly #browser: Browser;

  private constructor(folder: string, browser: Browser) {
    this.#folder = folder;
    this.#browser = browser;
  }

  static async start(): Promise<TestBrowser> {
    // Only here: it takes a third of a second.
    const { chromium } = await import('playwright-core');
    const folder = mkdtempSync(join(tmpdir(), 'mp-browser-'));
    const browser = await chromium.launch({
      executablePath: pathOf(PROGRAM)!,
      // The sandbox of Chromium refuses to run for root.
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
      env: { ...process.env, HOME: folder, TMPDIR: folder } as Record<string, string>,
    });
    return new TestBrowser(folder, browser);
  }

  /** Opens an address as a user would who was never there. */
  async open(address: string, options: BrowserContextOptions = {}): Promise<Visit> {
    const context = await this.#browser.newContext(options);
    context.setDefaultTimeout(WITHIN_MS);
    const page = await context.newPage();
    const problems: string[] = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) problems.push(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => problems.push(`exception: ${error.stack}`));
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== new URL(address).origin)
        problems.push(`request to ${request.url()}`);
    });
    await page.goto(address);
    return { page, problems };
  }

  async close(): Promise<void> {
    await this.#browser.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Where a program is, if anywhere. */
function pathOf(program: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders
    .map((folder) => join(folder, program))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
