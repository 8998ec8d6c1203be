import { spawn } from 'node:child_process';
import {
  accessSync,
  constants,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { release } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type FoundDirectory, lookForDirectory } from '@mp/core/internal';
import type { Check, Diagnosis, SnapshotOptions } from './report.ts';
import type { SelfTest } from './self-test.ts';

/** With less free space than this many bytes, the first queue with large messages is refused. */
const SPACE_LEAST = 16 << 20;
/** Segments take no descriptors, but connections, pools and doorbells do. */
const FILES_LEAST = 1024;
/** Mappings: each open object is one. */
const MAPPINGS_LEAST = 65_530;
const SELF_TEST_MS = 30_000;

const FILE_SYSTEMS: Readonly<Record<number, string>> = {
  16914836: 'tmpfs',
  61267: 'ext4',
  1481003842: 'xfs',
  2435016766: 'btrfs',
  2035054128: 'overlayfs',
  26985: 'NFS',
  1702057286: 'FUSE',
  801189825: 'ZFS',
};

/**
 * Looks at what `@mp` needs of this machine, and tries it: a process and a thread in a temporary directory of their own wake each
 * other, and recover a lock from a process that is killed. The directory of the user is not touched, nor made.
 *
 * @param options `directory` to look at another one
 * @returns one entry for each thing that was looked at
 *
 * @example
 * ```js
 * import { doctor } from '@mp/cli';
 *
 * const { checks } = await doctor();
 * for (const { name, verdict, found } of checks) console.log(verdict, name, found);
 * ```
 */
export async function doctor({ directory: asked }: SnapshotOptions = {}): Promise<Diagnosis> {
  const found = lookForDirectory(asked);
  const checks = [
    platform(),
    node(),
    ours(),
    ...directoryChecks(found),
    openFiles(),
    mappings(),
    ...(await selfTest(found.path)),
  ];
  return { at: Date.now(), directory: found.path, checks };
}

function check(name: string, problem: string | undefined, found: string, isFatal = true): Check {
  if (problem === undefined) return { name, verdict: 'ok', found };
  return { name, verdict: isFatal ? 'failed' : 'warning', found, advice: problem };
}

function platform(): Check {
  const { platform: system, arch } = process;
  const found = `${system} ${arch}, kernel ${release()}`;
  if (system === 'darwin')
    return check(
      'platform',
      'Not yet run on a Mac; mp itself needs /proc, which only Linux has',
      found,
      false,
    );
  if (system !== 'linux')
    return check('platform', 'Shared memory works on Linux and macOS only in this version', found);
  const isTested = arch === 'x64';
  return check('platform', isTested ? undefined : 'Only x64 is tested; others share the code', found, false);
}

function node(): Check {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const isNew = major > 20 || (major === 20 && minor >= 19);
  return check('Node.js', isNew ? undefined : 'Install 20.19 or newer', process.version);
}

function ours(): Check {
  const manifest = readText(fileURLToPath(new URL('../package.json', import.meta.url)));
  return check('@mp', undefined, JSON.parse(manifest).version);
}

function directoryChecks({ path, exists, problem }: FoundDirectory): Check[] {
  if (problem !== undefined) return [check('directory', problem, path)];
  const place = exists ? path : dirname(path);
  const count = exists ? `${readdirSync(path).length} files` : 'not there yet: nothing is shared';
  try {
    const { type, bsize, bavail, blocks } = statfsSync(place);
    const system = FILE_SYSTEMS[type] ?? `of type 0x${type.toString(16)}`;
    const free = bavail * bsize;
    const isTmpfs = system === 'tmpfs';
    return [
      check('directory', exists ? undefined : unwritable(place), `${path}, ${count}`),
      check(
        'file system',
        isTmpfs ? undefined : 'Pages may be written to a disk; set MP_DIR to a directory on a tmpfs',
        system,
        false,
      ),
      check(
        'free space',
        // A tmpfs without a limit has no blocks.
        blocks === 0 || free >= SPACE_LEAST
          ? undefined
          : 'Queues, maps and large messages will be refused with ERR_MP_NO_SPACE. mp gc removes what the dead left; in Docker, use --shm-size',
        blocks === 0
          ? 'without a limit'
          : `${Math.floor(free / 2 ** 20)} MiB of ${Math.floor((blocks * bsize) / 2 ** 20)} MiB`,
        false,
      ),
    ];
  } catch (error) {
    return [check('directory', `It cannot be made: ${(error as Error).message}. Set MP_DIR`, path)];
  }
}

function unwritable(place: string): string | undefined {
  try {
    accessSync(place, constants.W_OK | constants.X_OK);
    return undefined;
  } catch {
    return `It cannot be made: ${place} is not writable. Set MP_DIR`;
  }
}

function openFiles(): Check {
  const limits = readText('/proc/self/limits');
  const most = /^Max open files\s+(\S+)/m.exec(limits)?.[1] ?? 'unknown';
  const isLow = Number(most) < FILES_LEAST;
  return check(
    'open files',
    isLow ? `Raise it with ulimit -n ${FILES_LEAST} or more` : undefined,
    most,
    false,
  );
}

function mappings(): Check {
  const most = readText('/proc/sys/vm/max_map_count').trim() || 'unknown';
  const isLow = Number(most) < MAPPINGS_LEAST;
  return check(
    'memory mappings',
    isLow ? `Each open object is one or more; raise vm.max_map_count to ${MAPPINGS_LEAST}` : undefined,
    most,
    false,
  );
}

async function selfTest(directory: string): Promise<Check[]> {
  let place: string;
  try {
    place = mkdtempSync(join(nearest(directory), 'mp-doctor-'));
  } catch (error) {
    return [check('self-test', `It cannot run: ${(error as Error).message}`, 'not run')];
  }
  try {
    const said = await run(place);
    return typeof said === 'string' ? [check('self-test', said, 'failed')] : verdicts(said);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

/** The directory itself if its file system is what is to be tested, but beside it: nothing in it may change. */
function nearest(directory: string): string {
  let place = dirname(directory);
  while (statSync(place, { throwIfNoEntry: false }) === undefined) place = dirname(place);
  return place;
}

/** @returns what it found, or why it failed */
function run(place: string): Promise<SelfTest | string> {
  const program = fileURLToPath(new URL('self-test.js', import.meta.url));
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, MP_DIR: place, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: SELF_TEST_MS,
    killSignal: 'SIGKILL',
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (errors += chunk));
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', () => {
      try {
        resolve(JSON.parse(output) as SelfTest);
      } catch {
        resolve(/^\s*\w*Error.*$/m.exec(errors)?.[0].trim() ?? 'It said nothing, or took too long');
      }
    });
  });
}

function verdicts({ futex, doorbell, flock }: SelfTest): Check[] {
  const woken = (name: string, { took, rescued }: SelfTest['futex'], what: string): Check =>
    check(
      name,
      rescued === 0 ? undefined : `${what} went on only because it looks by itself, every 25 ms`,
      rescued === 0 ? `there and back in ${took.toFixed(2)} ms` : 'no wake came',
    );
  return [
    woken('futex', futex, 'A blocked thread'),
    woken('doorbell', doorbell, 'An event loop'),
    check(
      'flock',
      flock.recovered
        ? undefined
        : 'The lock of a killed process did not come back from it: locks of the dead are not seen',
      `the lock of a killed process came back in ${flock.took.toFixed(0)} ms`,
    ),
  ];
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
