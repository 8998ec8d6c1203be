import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The demo reads in pieces of this size. */
export const PIECE = 1 << 20;

/** Files whose lines or characters are easily counted wrong. */
const TEXTS: Record<string, string | Buffer> = {
  'empty.txt': '',
  'one-line.txt': 'hello',
  'ended.txt': 'hello\n',
  'blank-lines.txt': '\n\n\n',
  'windows.txt': 'a\r\nb\r\n\r\nc',
  'old-mac.txt': 'a\rb\r\rc\r',
  'mixed.txt': 'a\r\n\rb\n\r\nc\n\r',
  'code-points.txt': 'é 日本 😀 \u{10ffff}\nsecond 👩‍👩‍👧\n',
  'other-separators.txt': 'form\ffeed\vtab\u0085next\u2028line\u2029paragraph\x1c\x1d\x1e',
  'byte-order-mark.txt': '\ufeffhello\n',
  'carriage-return-at-the-cut.txt': `${'x'.repeat(PIECE - 1)}\r\nnext`,
  'character-at-the-cut.txt': `${'x'.repeat(PIECE - 1)}é${'y'.repeat(PIECE - 3)}😀end`,
  'wide.txt': '語'.repeat(PIECE),
  'end-at-the-cut.txt': `${'z'.repeat(PIECE - 1)}\n`,
  'folder/deep/er/file.txt': 'deep\n',
  'tab\tand\nnewline\\.txt': 'strange name\n',
  '"quoted" name.txt': 'q',
  '名前.txt': 'name\n',
  'ａ.txt': 'above the surrogates in UTF-16 order',
  '😀.txt': 'an astral name',
};

const BINARIES: Record<string, Buffer> = {
  'nul.bin': Buffer.from('text\0more'),
  'late-nul.bin': Buffer.concat([Buffer.alloc(PIECE + 5, 'a'), Buffer.from([0])]),
  'latin1.bin': Buffer.from('caf\xe9', 'latin1'),
  'surrogate.bin': Buffer.from([0xed, 0xa0, 0x80]),
  'overlong.bin': Buffer.from([0xc0, 0x80]),
  'cut-off.bin': Buffer.from([0x61, 0xf0, 0x9f, 0x98]),
  'cut-off-at-the-cut.bin': Buffer.concat([Buffer.alloc(PIECE - 2, 'a'), Buffer.from([0xf0, 0x9f])]),
  'beyond-unicode.bin': Buffer.from([0xf4, 0x90, 0x80, 0x80]),
};

/** Makes a directory with all of that, and with what is no file at all. @returns what must be skipped, with its reason */
export function makeTree(root: string): string[] {
  for (const [name, content] of Object.entries({ ...TEXTS, ...BINARIES })) {
    const path = join(root, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, content);
  }
  // Names that are no UTF-8.
  const folder = Buffer.concat([Buffer.from(`${root}/folder-`), Buffer.from([0xff, 0xfe])]);
  mkdirSync(folder);
  writeFileSync(Buffer.concat([folder, Buffer.from('/in it.txt')]), 'a\nb\n');
  writeFileSync(Buffer.concat([Buffer.from(`${root}/caf`), Buffer.from([0xe9])]), 'latin-1 name\n');
  symlinkSync('one-line.txt', join(root, 'link-to-file'));
  symlinkSync('folder', join(root, 'link-to-folder'));
  symlinkSync('nowhere', join(root, 'link-to-nothing'));
  spawnSync('mkfifo', [join(root, 'pipe')]);
  mkdirSync(join(root, 'closed'));
  writeFileSync(join(root, 'closed.txt'), 'secret');
  chmodSync(join(root, 'closed.txt'), 0);
  const skipped = Object.keys(BINARIES).map((name) => `${name}\tbinary`);
  skipped.push('link-to-file\tlink', 'link-to-folder\tlink', 'link-to-nothing\tlink', 'pipe\tnot a file');
  // A user that may read everything is not stopped by a mode.
  if (process.getuid?.() !== 0) skipped.push('closed.txt\tunreadable (EACCES)');
  return skipped.sort();
}
