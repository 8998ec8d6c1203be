import { builtinModules } from 'node:module';
import { defineConfig, type Options } from 'tsup';
import ts from 'typescript';

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

/** Comments by which one tells a bundler, or a licence its terms. */
const FOR_TOOLS = /[@#]__|@vite-ignore|webpackIgnore|@license|^\/\*!|^\/\/#/;

/**
 * Comments are in the sources and in the declarations. In the code they are a fifth of what each child has to read, and one sign
 * beyond Latin-1 in them, like "…", makes V8 keep and scan the whole file in two bytes a sign.
 */
const withoutComments: OutputPlugin = {
  name: 'without comments',
  renderChunk(code, { map }) {
    const file = ts.createSourceFile('chunk.js', code, ts.ScriptTarget.Latest, true, ts.ScriptKind.JS);
    const comments = new Map<number, number>();
    const add = (from: number, to: number) => {
      if (FOR_TOOLS.test(code.slice(from, to))) return;
      // With its line, where that has nothing else; a template may have empty lines of its own, which stay.
      const start = code.lastIndexOf('\n', from - 1) + 1;
      const isAlone = code[to] === '\n' && code.slice(start, from).trim() === '';
      comments.set(isAlone ? start : from, isAlone ? to + 1 : to);
    };
    const visit = (node: ts.Node) => {
      ts.forEachLeadingCommentRange(code, node.pos, add);
      ts.forEachTrailingCommentRange(code, node.end, add);
      // A comment of that kind is a node, too.
      for (const child of node.getChildren(file)) if (!ts.isJSDoc(child)) visit(child);
    };
    visit(file);
    let rest = '';
    let at = 0;
    for (const [from, to] of [...comments].sort(([a], [b]) => a - b)) {
      rest += code.slice(at, from);
      // What stands on both sides of it stays apart.
      if (code[from - 1] !== '\n' && code[to] !== '\n') rest += ' ';
      at = to;
    }
    return { code: rest + code.slice(at), map };
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
    plugins: [directImports, ownModulesOfNode, withoutComments],
    ...more,
  });
}
