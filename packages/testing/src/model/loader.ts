import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { accessorsOf, type Place, stepCode } from './step-code.ts';

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
  'parking-lot',
  'primitive',
  'waiter-table',
  'wait-line',
  'waitable',
  'waits-for',
];
/** What has no access to shared memory. */
const PLAIN = ['errors', 'header', 'options'];

/** No spin and no long hot stretch: both only try again what the exploration tries anyway. */
const CONSTANTS = { SPIN_LEAST_MS: '0', SPIN_TURNS: '1' };

/** A fault put into the sources, to see it found. */
export interface Mutant {
  /** `core/waiter-table.ts` */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** Sources as step code: evaluated anew for each machine. */
export class Sources {
  readonly places: Place[] = [];
  readonly #modules = new Map<string, string>();

  /**
   * @param scenarios the file whose exports are scenarios
   * @param names sources of further packages that run as step code: `lock/mutex`
   */
  constructor(
    scenarios: URL,
    names: readonly string[],
    mutants: readonly Mutant[] = [],
    constants: Record<string, string> = {},
  ) {
    const stepped = [...CORE.map((each) => `core/${each}`), ...names];
    const texts = new Map(stepped.map((name) => [name, this.#read(name, mutants)]));
    texts.set('scenarios', readFileSync(scenarios, 'utf8'));
    const all = [...texts.values()].map(accessorsOf);
    const accessors = {
      getters: new Set(all.flatMap(({ getters }) => getters)),
      setters: new Set(all.flatMap(({ setters }) => setters)),
    };
    for (const [name, text] of texts) {
      const code = stepCode(`${name}.ts`, text, accessors, { ...CONSTANTS, ...constants }, this.places);
      this.#modules.set(name, code);
    }
    for (const name of PLAIN.map((each) => `core/${each}`)) {
      const code = ts.transpileModule(this.#read(name, mutants), {
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
      const folder = /^@mp\/(\w+)/.exec(wanted)?.[1];
      if (folder === undefined) return evaluate(join(dirname(from), wanted).replace(/\.ts$/, ''));
      const parts = [...this.#modules.keys()].filter((name) => name.startsWith(`${folder}/`)).map(evaluate);
      return Object.assign({}, ...Object.values(replacements), ...parts);
    };
    return evaluate('scenarios');
  }
}
