import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { probe } from '@mp/native';
import { expect, test } from 'vitest';

/** 2.17. Of the systems that Node 20 runs on, the oldest has 2.28; older is safer still. */
const NEWEST_MINOR = 17;

/** The addon that is loaded here unless MP_NATIVE names another one. */
function addon(): string {
  probe('/none');
  const loaded = /\S+mp\.node$/m.exec(readFileSync('/proc/self/maps', 'utf8'))?.[0] ?? '';
  return loaded.replace(/-posix(?=\/mp\.node$)/, '');
}

test('the addon asks for no symbol of a libc newer than 2.17, and exports only what Node calls', () => {
  const listing = spawnSync('objdump', ['-T', addon()], { encoding: 'utf8' });
  expect(listing.error ?? listing.stderr, 'objdump (binutils) comes with every C compiler').toBe('');
  const versions = [...listing.stdout.matchAll(/GLIBC_2\.(\d+)\S* +(\w+)/g)];
  const tooNew = versions.filter(([, minor]) => Number(minor) > NEWEST_MINOR);
  expect(tooNew.map(([text]) => text)).toEqual([]);
  const exported = [...listing.stdout.matchAll(/ g .* (\w+)$/gm)].map(([, name]) => name);
  // musl's part of each library brings these two.
  const ours = exported.filter((name) => !['_init', '_fini'].includes(name));
  expect(ours.sort()).toEqual(['napi_register_module_v1', 'node_api_module_get_api_version_v1']);
});

test('the addon stays loaded when the worker thread that loaded it ends', () => {
  const fixture = fileURLToPath(new URL('./fixtures/load-in-worker.mjs', import.meta.url));
  const run = spawnSync(process.execPath, [fixture], { encoding: 'utf8' });
  expect(run.stdout).toBe('still mapped\n');
});
