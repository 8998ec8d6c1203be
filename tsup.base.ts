import { defineConfig, type Options } from 'tsup';

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

/**
 * What a package has for others is one file, `internal.js`; its `index.js` and its child entries import from it instead
 * of sharing chunks with it, because every file of a module graph adds a millisecond to the start of every child.
 */
const oneFile: Plugin = {
  name: 'one file',
  setup(build) {
    build.onResolve({ filter: /^\.\/internal\.ts$/ }, () => ({ path: './internal.js', external: true }));
  },
};

/**
 * The one build of every package: ESM for the oldest Node we support, with bundled type declarations.
 * Other `@mp` packages stay imports, so that each exists once in a process.
 */
export function library(entry: Record<string, string>, more: Options = {}) {
  return defineConfig({
    entry,
    format: ['esm'],
    target: 'node20',
    dts: true,
    clean: true,
    sourcemap: true,
    treeshake: true,
    esbuildPlugins: [oneFile],
    ...more,
  });
}
