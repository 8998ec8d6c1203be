import { builtinModules } from 'node:module';
import { defineConfig, type Options } from 'tsup';

type Plugin = NonNullable<Options['esbuildPlugins']>[number];
type OutputPlugin = NonNullable<Options['plugins']>[number];

/**
 * What a package has for others is one file, `internal.js`; its `index.js` and its child entries import from that instead
 * of sharing chunks with it, because every file of a module graph adds a millisecond to the start of every child.
 */
const oneFile: Plugin = {
  name: 'one file',
  setup(build) {
    build.onResolve({ filter: /^\.\/internal\.ts$/ }, () => ({ path: './internal.js', external: true }));
  },
};

/** For the same reason other packages do not go by way of an `index.js` that has nothing of its own. */
const directImports: OutputPlugin = {
  name: 'direct imports',
  renderChunk(code, { map }) {
    return {
      code: code.replace(/ from (["'])@mp\/(core|serde|process)\1;/g, " from '@mp/$2/internal';"),
      map,
    };
  },
};

/**
 * An `import` of one of Node's own modules makes Node look at everything that this exports, and so load what is otherwise
 * loaded when it is used, like all of `node:stream` for `node:fs`: 3 ms of the start of every child.
 */
const ownModulesOfNode: OutputPlugin = {
  name: "Node's own modules",
  renderChunk(code, { map }) {
    const modules = builtinModules.join('|');
    const imports = new RegExp(`^import (?:\\{([^}]*)\\}|(\\w+)) from ["'](?:node:)?(${modules})["'];`, 'gm');
    return {
      code: code.replace(imports, (_, names: string | undefined, whole: string, name: string) => {
        const taken = names === undefined ? whole : `{${names.replaceAll(' as ', ': ')}}`;
        return `const ${taken} = process.getBuiltinModule('node:${name}');`;
      }),
      map,
    };
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
    treeshake: true,
    esbuildPlugins: [oneFile],
    plugins: [directImports, ownModulesOfNode],
    ...more,
  });
}
