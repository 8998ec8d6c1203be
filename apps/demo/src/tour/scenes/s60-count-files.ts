// Counts the lines and the characters of the texts under a folder with a pool, and writes a line for each of them to a file. The
// same is done without a pool, and comes to the same. The command `count` of this demo does it for any number of files.
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMain, Pool, task } from '@mp/pool';
import { prove } from '../prove.ts';
import type { Scene } from '../scene.ts';

/** The file with another ending is not counted. */
const TEXTS: Record<string, string> = {
  'a.txt': 'one\ntwo\n',
  'b.10w': '第一行\n第二行\n😀 no line end',
  'deep/c.txt': '\n\n\n',
  'deep/er/d.txt': '',
  'deep/er/e.10w': `${'x'.repeat(100)}\n`.repeat(1000),
  'deep/er/f.md': 'not counted\n',
};

export const scene: Scene = {
  title: 'Counting the text of files',
  seed: '1687–1749',
  proof({ lines }) {
    const wanted = [
      'a.txt 行数:2 字符数:6',
      'b.10w 行数:3 字符数:19',
      'deep/c.txt 行数:3 字符数:0',
      'deep/er/d.txt 行数:0 字符数:0',
      'deep/er/e.10w 行数:1000 字符数:100000',
      '1008 100025',
    ];
    prove('the lines', lines, ['-- process', ...wanted, '-- thread', ...wanted]);
  },
};

/** What is known of one file. */
interface Counted {
  path: string;
  lines: number;
  chars: number;
}

export const countFile = task(import.meta, (path: string): Counted => {
  const lines = readFileSync(path, 'utf8').split('\n');
  if (lines.at(-1) === '') lines.pop();
  const chars = lines.reduce((sum, line) => sum + [...line].length, 0);
  return { path, lines: lines.length, chars };
});

/** The texts under a folder, by their names. */
function textsIn(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const texts = names.filter((name) => name.endsWith('.txt') || name.endsWith('.10w'));
  return texts.sort().map((name) => join(folder, name));
}

/** Appends a line for each file. @returns all lines and all characters */
function out(counted: readonly Counted[], file: string): [number, number] {
  let total: [number, number] = [0, 0];
  for (const { path, lines, chars } of counted) {
    appendFileSync(file, `${path} 行数:${lines} 字符数:${chars}\n`);
    total = [total[0] + lines, total[1] + chars];
  }
  return total;
}

function makeTree(folder: string): void {
  for (const [name, text] of Object.entries(TEXTS)) {
    const path = join(folder, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text);
  }
}

async function countIn(folder: string, kind: 'process' | 'thread'): Promise<void> {
  console.log(`-- ${kind}`);
  const [tree, results, alone] = ['tree', kind, `${kind}, alone`].map((name) => join(folder, name));
  const files = textsIn(tree);
  const pool = new Pool({ workers: 5, kind });
  const counted = await pool.map(countFile, files);
  pool.close();
  await pool.join();

  const total = out(counted, results);
  const lines = readFileSync(results, 'utf8');
  console.log(lines.trimEnd().replaceAll(join(tree, '/'), ''));
  console.log(total.join(' '));
  prove('the total without a pool', out(files.map(countFile), alone), total);
  prove('the lines without a pool', readFileSync(alone, 'utf8'), lines);
}

if (isMain(import.meta)) {
  const folder = mkdtempSync(join(tmpdir(), 'tour-count-'));
  try {
    makeTree(join(folder, 'tree'));
    await countIn(folder, 'process');
    await countIn(folder, 'thread');
  } finally {
    rmSync(folder, { recursive: true });
  }
}
