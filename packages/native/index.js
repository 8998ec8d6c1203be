const { fileURLToPath, pathToFileURL } = process.getBuiltinModule('node:url');
const { closeSync, existsSync, openSync, readdirSync, readSync } = process.getBuiltinModule('node:fs');

export const LOCK_NONE = 0;
export const LOCK_SHARED = 1;
export const LOCK_EXCLUSIVE = 2;
export const KEEP = 0;
export const REMOVE_WHEN_LAST = 1;
export const UNLINK = 2;
export const REMOVE_IF_LEFT = 3;
export const READABLE = 1;
export const WRITABLE = 2;

/** What a published package has. */
const TARGETS = [
  'linux-x64',
  'linux-arm64',
  'linux-x64-musl',
  'linux-arm64-musl',
  'darwin-arm64',
  'darwin-x64',
];
/** Only a bundle in CommonJS has no `import.meta`. */
const here = import.meta.url ?? pathToFileURL(__filename);

/** Importing must not fail where the addon cannot work: each function says so when it is called. */
function load() {
  const { platform } = process;
  if (platform !== 'linux' && platform !== 'darwin') {
    const way = platform === 'win32' ? '. Run it in WSL 2, which is Linux' : '';
    return failing(
      'ERR_MP_UNSUPPORTED_PLATFORM',
      `@mp runs on Linux and macOS, and this is ${platform}${way}`,
    );
  }
  // Tests of the portable backend ask for it on Linux; it is not part of a published package.
  const target = targetOf(process.env.MP_NATIVE || undefined);
  try {
    // What `require()` would do, without its search: 2 ms of each start.
    const addon = { exports: {} };
    process.dlopen(addon, fileURLToPath(binaryOf(target)));
    return addon.exports;
  } catch (error) {
    const reason = /** @type {Error} */ (error).message;
    const message = `Cannot load the native part of @mp for ${target}: ${reason}. ${wayOut()}`;
    return failing('ERR_MP_NATIVE_MISSING', message, error);
  }
}

/**
 * What a clone has built of its sources goes before a binary that was once made for a release. Only the latter is published.
 *
 * @param {string} target
 */
function binaryOf(target) {
  const own = new URL(`./build/${target}/mp.node`, here);
  return existsSync(own) ? own : new URL(`./prebuilds/${target}/mp.node`, here);
}

/** @param {string | undefined} backend one that is not the usual one here */
function targetOf(backend) {
  const { platform, arch } = process;
  const libc = platform === 'linux' && isMusl() ? '-musl' : '';
  return `${platform}-${arch}${libc}${backend === undefined ? '' : `-${backend}`}`;
}

/**
 * Each child asks at its start, and Node's own answer takes a millisecond: the program that runs says in its first bytes what
 * loads it.
 */
function isMusl() {
  const head = headOf(process.execPath);
  if (head.includes('/ld-linux-')) return false;
  if (head.includes('/ld-musl-')) return true;
  const report = /** @type {NodeJS.ProcessReport & { excludeNetwork?: boolean }} */ (process.report);
  const { excludeNetwork } = report;
  report.excludeNetwork = true;
  try {
    const { header } = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (report.getReport());
    return header.glibcVersionRuntime === undefined;
  } finally {
    // It is the user's.
    report.excludeNetwork = excludeNetwork;
  }
}

/** @param {string} path */
function headOf(path) {
  const bytes = Buffer.alloc(4096);
  try {
    const file = openSync(path, 'r');
    try {
      return bytes.toString('latin1', 0, readSync(file, bytes, 0, bytes.length, 0));
    } finally {
      closeSync(file);
    }
  } catch {
    return '';
  }
}

/** @param {string} code @param {string} message @param {unknown} [cause] */
function failing(code, message, cause) {
  const fail = () => {
    throw Object.assign(new Error(message, { cause }), { code });
  };
  return new Proxy({}, { get: () => fail });
}

function wayOut() {
  const clone = 'In a clone of its repository, a C compiler makes one: npm run build';
  const found = binariesHere();
  if (found.length > 0) {
    return `Here are binaries for ${found.join(', ')}; a published package has them for ${TARGETS.join(', ')}. Reinstall @mp/native. ${clone}`;
  }
  // A bundler takes the code, and leaves the binaries behind.
  return (
    `There are no binaries beside ${fileURLToPath(here)}. If that is a bundle, mark @mp/native external ` +
    '(esbuild --external:@mp/native) and install it where the bundle is run: npm install @mp/native, which has them for ' +
    `${TARGETS.join(', ')}. Else reinstall @mp/native. ${clone}`
  );
}

function binariesHere() {
  const names = ['build', 'prebuilds'].flatMap((folder) => {
    try {
      return readdirSync(new URL(`./${folder}`, here));
    } catch {
      return [];
    }
  });
  return [...new Set(names)].sort();
}

export const {
  create,
  attach,
  detach,
  remove,
  removeLeft,
  backend,
  fileSystem,
  pageSize,
  probe,
  futexWait,
  futexWake,
  doorbellOpen,
  doorbellRef,
  doorbellWait,
  doorbellPathMost,
  ring,
  bellOpen,
  bellRing,
  bellClose,
  lineControl,
  lineOpen,
  lineClose,
  lineSend,
  lineWake,
  lineEnter,
  lineSleep,
  peerKnow,
  peerForget,
  processLock,
  watchParent,
  childStarted,
  childEnded,
  childHasEnded,
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
