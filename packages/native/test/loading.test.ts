import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { leakCheck } from '@mp/testing';
import { expect, test } from 'vitest';

leakCheck();

const GLIBC = '\x7fELF … /lib64/ld-linux-x86-64.so.2';
const MUSL = '\x7fELF … /lib/ld-musl-x86_64.so.1';
const fixture = fileURLToPath(new URL('./fixtures/load-as.mjs', import.meta.url));

function loadedAs(platform: string, arch: string, head: string, env: NodeJS.ProcessEnv = {}): string {
  const run = spawnSync(process.execPath, [fixture, platform, arch, head], {
    encoding: 'utf8',
    env: { ...process.env, MP_NATIVE: '', ...env },
  });
  expect(run.stderr).toBe('');
  return run.stdout.trimEnd();
}

test('the binary is the one of the platform, the processor and the libc', () => {
  const { arch } = process;
  expect(loadedAs('linux', arch, GLIBC)).toBe('linux');
  // One that does not say by what it was loaded: Node knows.
  expect(loadedAs('linux', arch, '\x7fELF')).toBe('linux');
  const missing = (...like: [string, string, string]) =>
    loadedAs(...like)
      .split(': ', 2)
      .join(': ');
  const said = 'ERR_MP_NATIVE_MISSING: Cannot load the native part of @mp for';
  expect(missing('linux', 's390x', GLIBC)).toBe(`${said} linux-s390x`);
  expect(missing('linux', 'ia32', MUSL)).toBe(`${said} linux-ia32-musl`);
  expect(missing('darwin', 'ia32', '')).toBe(`${said} darwin-ia32`);
});

test('a missing binary is an error that names what there is, and what to do', () => {
  const said = loadedAs('linux', process.arch, GLIBC, { MP_NATIVE: 'absent' });
  expect(said).toContain(`for linux-${process.arch}-absent: `);
  expect(said).toMatch(/Here are binaries for .*linux-x64|Here are binaries for .*linux-arm64/);
  expect(said).toContain(
    'a published package has them for linux-x64, linux-arm64, linux-x64-musl, linux-arm64-musl, darwin-arm64, darwin-x64. ' +
      'Reinstall @mp/native. In a clone of its repository, a C compiler makes one: npm run build',
  );
});

test('where nothing of this can run, that is said', () => {
  expect(loadedAs('win32', 'x64', '')).toBe(
    'ERR_MP_UNSUPPORTED_PLATFORM: @mp runs on Linux and macOS, and this is win32. Run it in WSL 2, which is Linux',
  );
  expect(loadedAs('freebsd', 'x64', '')).toBe(
    'ERR_MP_UNSUPPORTED_PLATFORM: @mp runs on Linux and macOS, and this is freebsd',
  );
});
