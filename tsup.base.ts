import { defineConfig, type Options } from 'tsup';

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
    ...more,
  });
}
