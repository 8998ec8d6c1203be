// npm run types: checks the types of everything, in one program for all packages, as each one by itself would read the
// declarations of Node and of the others anew. All programs run, whatever the others find.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './workspace.mjs';

const PROGRAMS = [
  '.',
  // With JavaScript.
  'tools',
  // For browsers.
  'packages/cli/page',
];

const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
for (const program of PROGRAMS) {
  const { status } = spawnSync(process.execPath, [tsc, '-p', program], { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
