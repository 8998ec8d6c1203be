import { createRequire } from 'node:module';
import { type HandleDecoder, handleDecoders, MpError, threadState } from '@mp/core/internal';

/** Where each kind of handle is at home: the only modules that a message can cause to be imported. */
const PACKAGES = new Map(
  Object.entries({
    '@mp/lock': ['lock', 'rlock', 'rwlock', 'semaphore', 'condition', 'event', 'barrier'],
    '@mp/shared': ['value', 'array', 'struct', 'memory', 'list', 'map'],
    '@mp/queue': ['queue', 'simplequeue', 'joinablequeue', 'lifoqueue', 'priorityqueue'],
    '@mp/pipe': ['connection'],
    '@mp/manager': ['proxy'],
  }).flatMap(([name, kinds]) => kinds.map((kind): [string, string] => [kind, name])),
);

/**
 * The decoder of a kind of handle; its package is imported if that has not happened yet.
 *
 * @throws MpError `ERR_MP_PACKAGE_MISSING` naming what to install
 */
export function decoderOf(kind: string): HandleDecoder {
  const known = handleDecoders().get(kind);
  if (known !== undefined) return known;
  const name = PACKAGES.get(kind);
  if (name === undefined) throw new Error(`a handle of unknown kind ${JSON.stringify(kind)}`);
  let failure: unknown;
  for (const base of basesOf()) {
    try {
      createRequire(base)(name);
    } catch (error) {
      // The first package that is there and does not load says more than those that are not there.
      if (failure === undefined || (failure as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND')
        failure = error;
      continue;
    }
    const found = handleDecoders().get(kind);
    if (found !== undefined) return found;
  }
  throw new MpError(
    'ERR_MP_PACKAGE_MISSING',
    `Cannot receive a handle of kind ${JSON.stringify(kind)}: ${name} cannot be loaded here. Run: npm install ${name}`,
    { cause: failure },
  );
}

/**
 * Modules that may see a package that we do not: with pnpm, each sees only what it depends on. The script of a child is
 * one of ours; what the user started is its entry.
 */
function basesOf(): string[] {
  return [import.meta.url, threadState.taskModule, threadState.entry, process.argv[1]].filter(
    (base) => base !== undefined && base !== '',
  ) as string[];
}
