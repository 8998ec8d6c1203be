// Compiles the addon for this machine with the C compiler alone: a `binding.gyp` would make package managers run a build at install.
//   node build.mjs           the one that is loaded here
//   node build.mjs --posix   on Linux: the portable backend, which MP_NATIVE=posix loads instead
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compilerOptions, linkerOptions, sources } from './compile.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const { platform } = process;

if (platform !== 'linux' && platform !== 'darwin') {
  console.error(`@mp/native is not built on ${platform}: only for Linux and macOS`);
  process.exit(0);
}
const isPosix = platform === 'darwin' || process.argv[2] === '--posix';
const isMusl = platform === 'linux' && !process.report.getReport().header.glibcVersionRuntime;
const name = `${platform}-${process.arch}${isMusl ? '-musl' : ''}${isPosix && platform === 'linux' ? '-posix' : ''}`;
const folder = join(here, 'build', name);
mkdirSync(folder, { recursive: true });
const backend = isPosix ? 'posix' : 'linux';
execFileSync(
  process.env.CC ?? 'cc',
  [
    ...compilerOptions(backend),
    ...linkerOptions(platform),
    ...sources(backend),
    '-o',
    join(folder, 'mp.node'),
  ],
  { stdio: 'inherit' },
);
