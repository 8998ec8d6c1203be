import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/*
 * A second folder of packages, with their fixtures, in which each store counts. A program in there finds the packages
 * beside it by their names, and so do its children. It is made once for a test file: module hooks that put the stores in
 * while a program starts would cost every one of hundreds of programs a thread.
 */

/** The packages whose stores count. The others are copied as they are: they must find the same core. */
const COUNTED = new Set(['core', 'lock', 'pipe', 'queue', 'shared', 'pool', 'process']);
/**
 * Opens the short way of a line of messages in C, whose stores do not count: no line has one among the copies, and the same
 * stores are made by JavaScript. C is killed at its steps by a test of its own.
 */
const OPENS_SHORT_WAY = /\bnative\d*\.lineOpen\(/;
/** The addon can be loaded from one place only. */
const NATIVE = 'native';

const packages = fileURLToPath(new URL('../../', import.meta.url));
let copies: string | undefined;

/**
 * The place of a fixture among the copies.
 *
 * @param program a file below `packages`
 */
export async function cutCopyOf(program: URL): Promise<URL> {
  copies ??= await makeCopies();
  return pathToFileURL(join(copies, relative(packages, fileURLToPath(program))));
}

/** Removes the copies, if there are any. `leakCheck()` does it, at the end of each file. */
export function removeCutCopies(): void {
  if (copies === undefined) return;
  rmSync(copies, { recursive: true });
  copies = undefined;
}

async function makeCopies(): Promise<string> {
  // Loaded only now: most test files cut nothing, and the compiler takes a quarter of a second.
  const { counted } = await import('./counted-stores.ts');
  const to = mkdtempSync(join(tmpdir(), 'mp-cut-'));
  for (const name of readdirSync(packages)) {
    const dist = join(packages, name, 'dist');
    if (!existsSync(dist)) continue;
    mkdirSync(join(to, name, 'dist'), { recursive: true });
    cpSync(join(packages, name, 'package.json'), join(to, name, 'package.json'));
    for (const file of readdirSync(dist).filter((each) => each.endsWith('.js'))) {
      const text = readFileSync(join(dist, file), 'utf8').replace(OPENS_SHORT_WAY, '(() => -1)(');
      writeFileSync(join(to, name, 'dist', file), COUNTED.has(name) ? counted(file, text) : text);
    }
    const fixtures = join(packages, name, 'test/fixtures');
    if (existsSync(fixtures)) cpSync(fixtures, join(to, name, 'test/fixtures'), { recursive: true });
    link(to, name);
  }
  return to;
}

/** Lets a copy find what its package depends on. */
function link(to: string, name: string): void {
  const manifest = JSON.parse(readFileSync(join(packages, name, 'package.json'), 'utf8'));
  for (const dependency of Object.keys({ ...manifest.dependencies, ...manifest.devDependencies })) {
    const other = /^@mp\/(.*)$/.exec(dependency)?.[1];
    if (other === undefined) continue;
    const place = join(to, name, 'node_modules', dependency);
    const isCopied = other !== NATIVE && existsSync(join(packages, other, 'dist'));
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(join(isCopied ? to : packages, other), place);
  }
}
