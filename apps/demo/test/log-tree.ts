import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** Logs that are easily counted wrong, in a few packages. */
const LOGS: Record<string, Buffer> = {
  'alpha/changelog.Debian.gz': gzipSync(
    'alpha (1.0-2) unstable; urgency=medium\n\n  * Fix a thing.\n\t* New thing\n  *  fix another\n\n -- A <a@b>  today\n',
  ),
  // Its last line has no end.
  'alpha/changelog.gz': gzipSync('2020-01-01\n\n\t* alpha.c (main): Fix it.\n* Fix: once more'),
  // In two parts, as `cat a.gz b.gz` makes them.
  'beta/changelog.gz': Buffer.concat([
    gzipSync('beta (1) unstable; urgency=low\n * New\n * Ne'),
    gzipSync('w\n * Bump\n'),
  ]),
  'not-utf8/changelog.gz': gzipSync(
    Buffer.from('not-utf8 (\xe9) unstable; urgency=low\n  * Caf\xe9\n\0 * Fix\n', 'latin1'),
  ),
  'windows/changelog.gz': gzipSync('windows (1) x; urgency=low\r\n * Drop\r\n\r\n'),
  'no-lines/changelog.gz': gzipSync(''),
  'long-lines/changelog.gz': gzipSync(`${'x'.repeat(200_000)} * No\n * Fix ${'y'.repeat(200_000)}\n * Last`),
  'deep/er/changelog.1.gz': gzipSync('deep (2:1~rc1+b2) a b; urgency=high\n  * Remove\n'),
  'almost/changelog.gz': gzipSync(
    'Almost (1) x; urgency=low\nalmost () x; urgency=low\nalmost (1) x\n *Fix\n - Fix\n',
  ),
};

/** What is no whole gzip file. */
const UNREADABLE: Record<string, Buffer> = {
  'text/changelog.gz': Buffer.from('this is no gzip file\n'),
  'cut/changelog.gz': gzipSync('line\n'.repeat(1_000)).subarray(0, 30),
  'damaged/changelog.gz': damaged(gzipSync('a log with a wrong checksum\n')),
  'nothing/changelog.gz': Buffer.alloc(0),
};

/** What is no log of ours. */
const OTHERS: Record<string, Buffer> = {
  'alpha/README.gz': gzipSync(' * Readme\n'),
  'alpha/changelog': Buffer.from(' * Plain\n'),
  'alpha/old-changelog.gz': gzipSync(' * Old\n'),
};

function damaged(bytes: Buffer): Buffer {
  bytes[bytes.length - 8] ^= 1;
  return bytes;
}

/** Makes a directory with all of that. @returns the unreadable logs */
export function makeLogTree(root: string): string[] {
  for (const [path, content] of Object.entries({ ...LOGS, ...UNREADABLE, ...OTHERS }))
    put(root, path, content);
  // Enough of them that the walk has to wait.
  for (let index = 0; index < 60; index++) {
    put(
      root,
      `many-${index}/changelog.gz`,
      gzipSync(`many (${index}) x; urgency=low\n * Fix\n`.repeat(index + 1)),
    );
  }
  symlinkSync('changelog.gz', join(root, 'beta/changelog.link.gz'));
  symlinkSync('beta', join(root, 'link'));
  const folder = Buffer.concat([Buffer.from(`${root}/folder-`), Buffer.from([0xff, 0x0a])]);
  mkdirSync(folder);
  writeFileSync(Buffer.concat([folder, Buffer.from("/changelog 'x'.gz")]), gzipSync(' * Strange name\n'));
  return Object.keys(UNREADABLE).sort();
}

const LARGE_ENTRY = 'large (1) x; urgency=low\n  * Fix one of very many things\n';
const LARGE_ENTRIES = 100_000;

/** What {@link makeLargeLogs} makes: so many logs, and what stands in each. */
export const LARGE = {
  files: 3_000,
  lines: 2 * LARGE_ENTRIES,
  bytes: LARGE_ENTRIES * LARGE_ENTRY.length,
  entries: LARGE_ENTRIES,
};

/** Together they take so long to read that no test waits for the end. They are one file on disk, with many names. */
export function makeLargeLogs(root: string): void {
  put(root, 'large-0/changelog.gz', gzipSync(LARGE_ENTRY.repeat(LARGE_ENTRIES)));
  for (let index = 1; index < LARGE.files; index++) {
    mkdirSync(join(root, `large-${index}`));
    linkSync(join(root, 'large-0/changelog.gz'), join(root, `large-${index}/changelog.gz`));
  }
}

/** Two logs, each of which takes many seconds to read: gzip files in one thousand parts. */
export function makeHugeLogs(root: string): void {
  const part = gzipSync(LARGE_ENTRY.repeat(LARGE_ENTRIES));
  for (const name of ['first', 'second']) {
    put(root, `${name}/changelog.gz`, Buffer.concat(Array.from({ length: 1_000 }, () => part)));
  }
}

function put(root: string, path: string, content: Buffer): void {
  mkdirSync(join(root, dirname(path)), { recursive: true });
  writeFileSync(join(root, path), content);
}
