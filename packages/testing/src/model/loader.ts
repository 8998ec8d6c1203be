import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { type Accessors, accessorsOf, type Place, stepCode } from './step-code.ts';

/*
 * Loads the real sources as step code, each once, into a machine. What stands between them and the system (files,
 * the addon, sweeping, tracing) is replaced by what the machine has instead.
 */

const PACKAGES = fileURLToPath(new URL('../../../', import.meta.url));

/** What runs as step code. */
const CORE = [
  'aborts',
  'agent',
  'deadline',
  'big-records',
  'loop',
  'parking-lot',
  'primitive',
  'record-ring',
  'ring-chain',
  'wait',
  'waiter-table',
  'wait-line',
  'waitable',
  'waits-for',
];
/** What has no access to shared memory. */
const PLAIN = ['errors', 'header', 'largest-fit', 'options', 'memory-order', 'message-buffer'];

/**
 * No spin and no long hot stretch: both only try again what the exploration tries anyway. But one that is longer than the
 * least, after which there is none when rings are rare.
 */
const CONSTANTS = { SPIN_LEAST_MS: '0', SPIN_TURNS: '1', HOT_MOST_MS: '2 * HOT_LEAST_MS' };

/** A fault put into the sources, to see it found. */
export interface Mutant {
  /** `core/waiter-table.ts` */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** What is not as in the sources. */
export interface Changes {
  readonly mutants?: readonly Mutant[];
  /** Initialisers of constants, by their names. */
  readonly constants?: Readonly<Record<string, string>>;
  /** Files instead of sources, or of whole packages: what they do is one step with what follows. */
  readonly standIns?: Readonly<Record<string, URL>>;
}

/** Sources as step code: evaluated anew for each machine. */
export class Sources {
  readonly places: Place[] = [];
  readonly #modules = new Map<string, string>();

  /**
   * @param scenarios the file whose exports are scenarios; it may import from files beside it
   * @param names sources of further packages that run as step code: `lock/mutex`
   */
  constructor(scenarios: URL, names: readonly string[], changes: Changes = {}) {
    const { mutants = [], constants = {}, standIns = {} } = changes;
    const stepped = [...CORE.map((each) => `core/${each}`), ...names];
    const texts = new Map(stepped.map((name) => [name, this.#read(name, mutants)]));
    addWithImports(texts, 'scenarios', scenarios);
    const all = new Map([...texts].map(([name, text]) => [name, accessorsOf(text)]));
    for (const [name, text] of texts) {
      const accessors = accessorsIn(name, all);
      const code = stepCode(`${name}.ts`, text, accessors, { ...CONSTANTS, ...constants }, this.places);
      this.#modules.set(name, code);
    }
    const plain = PLAIN.map((each): [string, string] => [
      `core/${each}`,
      this.#read(`core/${each}`, mutants),
    ]);
    for (const [name, file] of Object.entries(standIns)) plain.push([name, readFileSync(file, 'utf8')]);
    for (const [name, text] of plain) {
      const code = ts.transpileModule(text, {
        compilerOptions: { target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.CommonJS },
      }).outputText;
      this.#modules.set(name, code);
    }
  }

  #read(name: string, mutants: readonly Mutant[]): string {
    const [folder, file] = name.split('/');
    let text = readFileSync(join(PACKAGES, folder, 'src', `${file}.ts`), 'utf8');
    for (const { file: mutated, from, to } of mutants) {
      if (mutated !== `${name}.ts`) continue;
      if (text.split(from).length !== 2)
        throw new Error(`${mutated} has not exactly one ${JSON.stringify(from)}`);
      text = text.replace(from, to);
    }
    return text;
  }

  /**
   * Evaluates the scenarios, and what they import.
   *
   * @param globals what step code finds
   * @param replacements modules instead of the real ones, by the end of their names
   */
  load(
    globals: Record<string, unknown>,
    replacements: Record<string, Record<string, unknown>>,
  ): Record<string, unknown> {
    const loaded = new Map<string, Record<string, unknown>>();
    const evaluate = (name: string): Record<string, unknown> => {
      const known = loaded.get(name);
      if (known !== undefined) return known;
      const code = this.#modules.get(name);
      if (code === undefined) throw new Error(`${name} is not part of the model`);
      const exports: Record<string, unknown> = {};
      loaded.set(name, exports);
      const found = { ...globals, exports, require: (wanted: string) => require(name, wanted) };
      new Function(...Object.keys(found), `'use strict';\n${code}`)(...Object.values(found));
      return exports;
    };
    const require = (from: string, wanted: string): Record<string, unknown> => {
      const replaced = replacements[wanted.replace('./', '')];
      if (replaced !== undefined) return replaced;
      if (this.#modules.has(wanted)) return evaluate(wanted);
      const folder = /^@mp\/(\w+)/.exec(wanted)?.[1];
      if (folder === undefined) return evaluate(join(dirname(from), wanted).replace(/\.ts$/, ''));
      const parts = [...this.#modules.keys()].filter((name) => name.startsWith(`${folder}/`)).map(evaluate);
      return Object.assign({}, ...Object.values(replacements), ...parts);
    };
    return evaluate('scenarios');
  }
}

/** A private accessor is one in its own source only: elsewhere a field may have its name. */
function accessorsIn(name: string, all: ReadonlyMap<string, ReturnType<typeof accessorsOf>>): Accessors {
  const found = { getters: new Set<string>(), setters: new Set<string>() };
  for (const [source, { getters, setters }] of all) {
    const isVisible = (each: string) => source === name || !each.startsWith('#');
    for (const each of getters.filter(isVisible)) found.getters.add(each);
    for (const each of setters.filter(isVisible)) found.setters.add(each);
  }
  return found;
}

/** A file, and what it imports from beside it. */
function addWithImports(texts: Map<string, string>, name: string, file: URL): void {
  if (texts.has(name)) return;
  const text = readFileSync(file, 'utf8');
  texts.set(name, text);
  for (const [, other] of text.matchAll(/ from '\.\/([\w-]+)\.ts'/g))
    addWithImports(texts, other, new URL(`./${other}.ts`, file));
}
