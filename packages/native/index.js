const { fileURLToPath, pathToFileURL } = process.getBuiltinModule('node:url');
const { existsSync } = process.getBuiltinModule('node:fs');

export const LOCK_NONE = 0;
export const LOCK_SHARED = 1;
export const LOCK_EXCLUSIVE = 2;
export const KEEP = 0;
export const REMOVE_WHEN_LAST = 1;
export const UNLINK = 2;
export const REMOVE_IF_LEFT = 3;
export const READABLE = 1;
export const WRITABLE = 2;

const target = `${process.platform}-${process.arch}`;
/** Only a bundle in CommonJS has no `import.meta`. */
const here = import.meta.url ?? pathToFileURL(__filename);
const files = [`./prebuilds/${target}/mp.node`, `./prebuilds/${target}-musl/mp.node`].map((path) =>
  fileURLToPath(new URL(path, here)),
);

/** Importing must not fail where the addon cannot work: each function says so when it is called. */
function load() {
  const reasons = [];
  if (process.platform === 'linux') {
    for (const file of files) {
      try {
        // What `require()` would do, without its search: 2 ms of each start.
        const addon = { exports: {} };
        process.dlopen(addon, file);
        return addon.exports;
      } catch (error) {
        reasons.push(error);
      }
    }
  }
  return new Proxy({}, { get: () => () => fail(reasons) });
}

function fail(reasons) {
  const [code, message] =
    reasons.length === 0
      ? ['ERR_MP_UNSUPPORTED_PLATFORM', `@mp runs on Linux only, and this is ${process.platform}`]
      : [
          'ERR_MP_NATIVE_MISSING',
          `Cannot load the native part of @mp for ${target}: ${reasons.map((each) => each.message).join('; ')}. ` +
            wayOut(),
        ];
  throw Object.assign(new Error(message, { cause: reasons[0] }), { code });
}

/** A bundler takes the code, and leaves the binaries behind. */
function wayOut() {
  return existsSync(new URL('./prebuilds', here))
    ? 'Reinstall @mp/native, or build it with a C compiler: node build.mjs'
    : `There are no binaries beside ${fileURLToPath(here)}. If that is a bundle, mark @mp/native external ` +
        '(esbuild --external:@mp/native) and install it where the bundle is run: npm install @mp/native. ' +
        'Else reinstall @mp/native, or build it with a C compiler: node build.mjs';
}

export const {
  create,
  attach,
  detach,
  remove,
  removeLeft,
  pageSize,
  probe,
  futexWait,
  futexWake,
  doorbellOpen,
  doorbellRef,
  ring,
  bellOpen,
  bellRing,
  bellClose,
  processLock,
  watchParent,
  childStarted,
  childEnded,
  socketOpen,
  socketListen,
  socketAccept,
  socketPeer,
  socketRead,
  socketWrite,
  socketWatch,
  socketEndIfSilent,
  socketWait,
  socketClose,
} = load();
