// What the packages give to their users, by name: asked of TypeScript, from the built declarations.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { workspacePackages } from './workspace.mjs';

/**
 * @typedef {object} OurNames
 * @property {Map<string, Set<string>>} members of each exported name: those of its instances, and static ones
 * @property {Set<string>} options every name in the objects that functions, methods and constructors take
 */

/**
 * @param {string} root the repository; its packages are built
 * @returns {OurNames}
 */
export function ourNames(root) {
  const entries = workspacePackages(root)
    .filter(({ name }) => name.startsWith('@mp/') && name !== '@mp/testing' && name !== '@mp/native')
    .map(({ folder }) => join(root, folder, 'dist/index.d.ts'));
  for (const entry of entries)
    if (!existsSync(entry)) throw new Error(`There is no ${entry}: node tools/ready.mjs builds it`);
  const program = ts.createProgram(entries, {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: ['node'],
    skipLibCheck: true,
    noEmit: true,
  });
  const checker = program.getTypeChecker();
  /** @type {OurNames} */
  const names = { members: new Map(), options: new Set() };
  for (const entry of entries) {
    const module = checker.getSymbolAtLocation(/** @type {ts.SourceFile} */ (program.getSourceFile(entry)));
    for (const each of checker.getExportsOfModule(/** @type {ts.Symbol} */ (module)))
      add(checker, each, names);
  }
  return names;
}

/**
 * @param {ts.TypeChecker} checker
 * @param {ts.Symbol} exported
 * @param {OurNames} names
 */
function add(checker, exported, { members, options }) {
  const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
  const own = members.get(exported.name) ?? new Set();
  members.set(exported.name, own);
  const types = [checker.getDeclaredTypeOfSymbol(symbol)];
  if (symbol.valueDeclaration) types.push(checker.getTypeOfSymbol(symbol));
  for (const type of types) {
    for (const option of optionsOf(checker, type)) options.add(option);
    for (const member of checker.getPropertiesOfType(type)) {
      own.add(member.name);
      for (const option of optionsOf(checker, checker.getTypeOfSymbol(member))) options.add(option);
    }
  }
}

/**
 * The names in the objects that something takes when it is called.
 *
 * @param {ts.TypeChecker} checker
 * @param {ts.Type} type
 */
function optionsOf(checker, type) {
  return [...type.getCallSignatures(), ...type.getConstructSignatures()]
    .flatMap((signature) => signature.getParameters())
    .map((parameter) => checker.getNonNullableType(checker.getTypeOfSymbol(parameter)))
    .flatMap((taken) => checker.getPropertiesOfType(taken).filter(isOption))
    .map(({ name }) => name);
}

/** Not what a string, an array or an object of a class has. @param {ts.Symbol} property */
function isOption({ declarations = [] }) {
  return declarations.some(
    (each) => !ts.isClassLike(each.parent) && /packages\/\w+\/dist/.test(each.getSourceFile().fileName),
  );
}
