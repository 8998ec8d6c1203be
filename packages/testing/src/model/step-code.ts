import ts from 'typescript';

/*
 * Turns ordinary TypeScript into *step code*: the same program, which stops before each access to shared words, so that
 * a scheduler decides which agent goes on. Every function becomes a generator, and
 *
 *   Atomics.load(words, at)      →  __seen(Atomics.load(words, at, yield 7))      7 = a place in the source
 *   words[at] = value            →  __put(words, at, value, yield 8)
 *   anything()                   →  its result, or, when that is a generator, what `yield*` makes of it
 *   object.getter, .setter = v   →  calls, because accessors cannot be generators
 *   await, new Promise, async    →  the same of the machine that runs it
 *   Atomics.wait(…)              →  a nap: see `nap()` of the machine
 *
 * Arguments are evaluated from left to right, so a `yield` as a last, surplus one stops between the evaluation of the others and the
 * access. Constructors, field initialisers and the top of a module cannot stop: what they call is run in one go.
 */

/** Names of typed arrays over shared memory, wherever they are kept. */
const SHARED = /^#?(?:words|floats|slots)$/;
/** Methods of arrays that must not be given generators. */
const ARRAY_CALLBACKS = new Set([
  'some',
  'every',
  'filter',
  'map',
  'find',
  'findIndex',
  'forEach',
  'flatMap',
  'sort',
]);
/** Objects whose methods are the language's own. */
const PLAIN_OBJECTS = new Set(['Math', 'Object', 'Array', 'Number', 'performance', 'Date', 'BigInt', 'JSON']);

/** Where an access stands in the sources. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

/** Names of the accessors of all modules that are turned into step code. */
export interface Accessors {
  readonly getters: ReadonlySet<string>;
  readonly setters: ReadonlySet<string>;
}

/** Finds the names of accessors in a source. */
export function accessorsOf(text: string): { getters: string[]; setters: string[] } {
  const found = { getters: [] as string[], setters: [] as string[] };
  const visit = (node: ts.Node): void => {
    if (ts.isGetAccessor(node)) found.getters.push(node.name.getText());
    if (ts.isSetAccessor(node)) found.setters.push(node.name.getText());
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('a.ts', text, ts.ScriptTarget.ESNext, true));
  return found;
}

/**
 * @param file how the places of accesses call it
 * @param text TypeScript
 * @param constants initialisers of constants at the top of the file that are to be others
 * @param places gets the places of accesses, in the order of their numbers
 * @returns JavaScript, a CommonJS module
 */
export function stepCode(
  file: string,
  text: string,
  accessors: Accessors,
  constants: Readonly<Record<string, string>>,
  places: Place[],
): string {
  const js = ts.transpileModule(text, {
    compilerOptions: { target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.CommonJS, removeComments: true },
  }).outputText;
  const source = ts.createSourceFile(file, js, ts.ScriptTarget.ESNext, true, ts.ScriptKind.JS);
  const original = text.split('\n');
  const place = (node: ts.Node): number => {
    // Without what stands before an imported name in a CommonJS module.
    const plain = node.getText(source).replace(/\b\w+_\d+\./g, '');
    const written = plain.replace(/\s+/g, ' ').slice(0, 90);
    places.push({ file, line: lineOf(original, written), text: written });
    return places.length - 1;
  };
  const result = ts.transform(source, [
    (context) => (root) => new StepCode(context, accessors, constants, place).module(root),
  ]);
  return ts.createPrinter({ removeComments: true }).printFile(result.transformed[0]);
}

/** The line in the TypeScript source that has the beginning of `written`, 0 = not found. */
function lineOf(original: readonly string[], written: string): number {
  const start = written.slice(0, 40);
  return original.findIndex((line) => line.includes(start)) + 1;
}

const f = ts.factory;

/** Whether the code at hand may stop. */
type Mode = 'stops' | 'runs';

class StepCode {
  readonly #context: ts.TransformationContext;
  readonly #accessors: Accessors;
  readonly #constants: Readonly<Record<string, string>>;
  readonly #place: (node: ts.Node) => number;
  #mode: Mode = 'runs';

  constructor(
    context: ts.TransformationContext,
    accessors: Accessors,
    constants: Readonly<Record<string, string>>,
    place: (node: ts.Node) => number,
  ) {
    this.#context = context;
    this.#accessors = accessors;
    this.#constants = constants;
    this.#place = place;
  }

  module(root: ts.SourceFile): ts.SourceFile {
    const statements = root.statements.map((each) => this.#visit(this.#withConstants(each)) as ts.Statement);
    return f.updateSourceFile(root, [temporary(), ...statements]);
  }

  readonly #visit = (node: ts.Node): ts.Node => {
    if (ts.isFunctionLike(node)) return this.#function(node);
    if (ts.isPropertyDeclaration(node)) return this.#within('runs', () => this.#children(node));
    if (ts.isVariableDeclarationList(node)) return this.#children(this.#withoutPatterns(node));
    if (ts.isAwaitExpression(node)) return delegate(call('__await', [this.#expression(node.expression)]));
    if (ts.isNewExpression(node) && isNamed(node.expression, 'Promise') && node.arguments !== undefined)
      return delegate(call('__promise', [this.#expression(node.arguments[0])]));
    if (ts.isCallExpression(node)) return this.#call(node);
    if (ts.isBinaryExpression(node)) return this.#binary(node);
    if (ts.isElementAccessExpression(node) && this.#mode === 'stops' && isShared(node.expression))
      return call('__get', [
        this.#expression(node.expression),
        this.#expression(node.argumentExpression),
        this.#stop(node),
      ]);
    if (ts.isPropertyAccessExpression(node)) return this.#property(node);
    return this.#children(node);
  };

  #children<T extends ts.Node>(node: T): T {
    return ts.visitEachChild(node, this.#visit, this.#context);
  }

  #expression(node: ts.Expression): ts.Expression {
    return this.#visit(node) as ts.Expression;
  }

  #within<T>(mode: Mode, body: () => T): T {
    const before = this.#mode;
    this.#mode = mode;
    try {
      return body();
    } finally {
      this.#mode = before;
    }
  }

  /** The result of an expression that may be a generator. */
  #result(expression: ts.Expression): ts.Expression {
    if (this.#mode === 'runs') return call('__now', [expression]);
    const t = f.createIdentifier('__t');
    return f.createParenthesizedExpression(
      f.createConditionalExpression(
        call('__is', [f.createAssignment(t, expression)]),
        undefined,
        f.createYieldExpression(f.createToken(ts.SyntaxKind.AsteriskToken), t),
        undefined,
        t,
      ),
    );
  }

  #stop(node: ts.Node): ts.Expression {
    return f.createYieldExpression(undefined, f.createNumericLiteral(this.#place(node)));
  }

  #call(node: ts.CallExpression): ts.Expression {
    const { expression } = node;
    if (expression.kind === ts.SyntaxKind.SuperKeyword) return this.#children(node);
    if (ts.isPropertyAccessExpression(expression)) {
      const of = expression.expression;
      if (isNamed(of, 'Atomics') && expression.name.text === 'wait') return delegate(call('__nap', []));
      if (isNamed(of, 'Atomics')) return this.#atomic(node);
      if (ts.isIdentifier(of) && PLAIN_OBJECTS.has(of.text)) return this.#children(node);
      if (ARRAY_CALLBACKS.has(expression.name.text) && isFunction(node.arguments[0])) {
        const args = [of, ...node.arguments].map((each) => this.#expression(each));
        return this.#result(call('__array', [f.createStringLiteral(expression.name.text), ...args]));
      }
      // The callee itself is no property to be read.
      const callee = f.updatePropertyAccessExpression(expression, this.#expression(of), expression.name);
      return this.#result(this.#callOf(node, callee));
    }
    return this.#result(this.#callOf(node, this.#expression(expression)));
  }

  #callOf(node: ts.CallExpression, callee: ts.Expression): ts.CallExpression {
    const args = node.arguments.map((each) => this.#expression(each));
    return ts.isCallChain(node)
      ? f.createCallChain(callee, node.questionDotToken, undefined, args)
      : f.createCallExpression(callee, undefined, args);
  }

  #atomic(node: ts.CallExpression): ts.Expression {
    if (this.#mode === 'runs') return this.#children(node);
    const args = node.arguments.map((each) => this.#expression(each));
    const done = f.updateCallExpression(node, node.expression, undefined, [...args, this.#stop(node)]);
    // What is not looked at makes no difference to what the agent does next.
    return ts.isExpressionStatement(node.parent) ? done : call('__seen', [done]);
  }

  #binary(node: ts.BinaryExpression): ts.Expression {
    const { left, operatorToken, right } = node;
    const assigns =
      operatorToken.kind >= ts.SyntaxKind.FirstAssignment &&
      operatorToken.kind <= ts.SyntaxKind.LastAssignment;
    if (
      assigns &&
      ts.isElementAccessExpression(left) &&
      isShared(left.expression) &&
      this.#mode === 'stops'
    ) {
      const array = () => this.#expression(left.expression);
      const at = () => this.#expression(left.argumentExpression);
      let value = this.#expression(right);
      if (operatorToken.kind !== ts.SyntaxKind.EqualsToken) {
        if (operatorToken.kind !== ts.SyntaxKind.PlusEqualsToken)
          throw new Error(`No step code for ${operatorToken.getText()} on shared words`);
        value = f.createAdd(call('__get', [array(), at(), this.#stop(left)]), value);
      }
      return call('__put', [array(), at(), value, this.#stop(node)]);
    }
    if (assigns && ts.isPropertyAccessExpression(left)) {
      const object = this.#expression(left.expression);
      if (this.#accessors.setters.has(left.name.text)) {
        const name = f.createStringLiteral(left.name.text);
        return this.#result(call('__assign', [object, name, this.#expression(right)]));
      }
      const target = f.updatePropertyAccessExpression(left, object, left.name);
      return f.updateBinaryExpression(node, target, operatorToken, this.#expression(right));
    }
    return this.#children(node);
  }

  #property(node: ts.PropertyAccessExpression): ts.Expression {
    const name = node.name.text;
    if (!this.#accessors.getters.has(name)) return this.#children(node);
    const object = this.#expression(node.expression);
    if (ts.isPrivateIdentifier(node.name)) {
      return this.#result(
        f.createCallExpression(f.createPropertyAccessExpression(object, node.name), undefined, []),
      );
    }
    const optional = node.questionDotToken === undefined ? [] : [f.createTrue()];
    return this.#result(call('__prop', [object, f.createStringLiteral(name), ...optional]));
  }

  /** `const { owner } = this` with an accessor is `const owner = this.owner`. */
  #withoutPatterns(list: ts.VariableDeclarationList): ts.VariableDeclarationList {
    const plain = list.declarations.flatMap((each) => {
      const { name, initializer } = each;
      if (initializer === undefined || !ts.isObjectBindingPattern(name)) return [each];
      const names = name.elements.map((element) => element.name.getText());
      if (!names.some((found) => this.#accessors.getters.has(found))) return [each];
      return names.map((found) =>
        f.createVariableDeclaration(
          found,
          undefined,
          undefined,
          f.createPropertyAccessExpression(initializer, found),
        ),
      );
    });
    return f.createVariableDeclarationList(plain, list.flags);
  }

  #withConstants(statement: ts.Statement): ts.Statement {
    if (ts.isExpressionStatement(statement)) return this.#withExported(statement);
    if (!ts.isVariableStatement(statement)) return statement;
    const declarations = statement.declarationList.declarations.map((each) => {
      const other = this.#constants[each.name.getText()];
      if (other === undefined) return each;
      return f.createVariableDeclaration(each.name, undefined, undefined, f.createIdentifier(other));
    });
    const list = f.createVariableDeclarationList(declarations, statement.declarationList.flags);
    return f.updateVariableStatement(statement, statement.modifiers, list);
  }

  /** `exports.NAME = value` */
  #withExported(statement: ts.ExpressionStatement): ts.Statement {
    const { expression } = statement;
    if (!ts.isBinaryExpression(expression) || isVoid(expression.right)) return statement;
    const { left, operatorToken } = expression;
    const other = this.#constants[/^exports\.(\w+)$/.exec(left.getText())?.[1] ?? ''];
    if (other === undefined) return statement;
    const changed = f.updateBinaryExpression(expression, left, operatorToken, f.createIdentifier(other));
    return f.updateExpressionStatement(statement, changed);
  }

  #function(node: ts.SignatureDeclaration): ts.Node {
    if (ts.isConstructorDeclaration(node)) return this.#within('runs', () => this.#withTemporary(node));
    return this.#within('stops', () => {
      const { parameters, body: written } = node as ts.FunctionLikeDeclaration;
      const ps = parameters.map((each) => this.#within('runs', () => this.#children(each)));
      const isAsync = ts.getModifiers(node as ts.MethodDeclaration)?.some(isAsyncKeyword) ?? false;
      const body = this.#body(written as ts.ConciseBody, isAsync);
      const star = f.createToken(ts.SyntaxKind.AsteriskToken);
      if (ts.isArrowFunction(node)) {
        const made = f.createFunctionExpression(undefined, star, undefined, undefined, ps, undefined, body);
        // Before `super()` there is no `this` to keep.
        return isAsync || mentionsThis(node) ? bound(made) : made;
      }
      if (ts.isFunctionExpression(node))
        return f.createFunctionExpression(undefined, star, node.name, undefined, ps, undefined, body);
      if (ts.isFunctionDeclaration(node))
        return f.createFunctionDeclaration(undefined, star, node.name, undefined, ps, undefined, body);
      const modifiers = ts
        .getModifiers(node as ts.MethodDeclaration)
        ?.filter((each) => !isAsyncKeyword(each));
      let name = node.name as ts.PropertyName;
      if (ts.isIdentifier(name) && ts.isGetAccessor(node)) name = f.createIdentifier(`$get_${name.text}`);
      if (ts.isIdentifier(name) && ts.isSetAccessor(node)) name = f.createIdentifier(`$set_${name.text}`);
      return f.createMethodDeclaration(modifiers, star, name, undefined, undefined, ps, undefined, body);
    });
  }

  #body(written: ts.ConciseBody, isAsync: boolean): ts.Block {
    const statements = ts.isBlock(written)
      ? this.#children(written).statements
      : [f.createReturnStatement(this.#expression(written))];
    const block = f.createBlock([temporary(), ...statements], true);
    if (!isAsync) return block;
    const star = f.createToken(ts.SyntaxKind.AsteriskToken);
    const inner = bound(
      f.createFunctionExpression(undefined, star, undefined, undefined, [], undefined, block),
    );
    return f.createBlock([f.createReturnStatement(delegate(call('__async', [inner])))], true);
  }

  #withTemporary(node: ts.ConstructorDeclaration): ts.ConstructorDeclaration {
    const visited = this.#children(node);
    return f.updateConstructorDeclaration(visited, undefined, visited.parameters, visited.body);
  }
}

function isAsyncKeyword(modifier: ts.Modifier): boolean {
  return modifier.kind === ts.SyntaxKind.AsyncKeyword;
}

/** `exports.A = exports.B = void 0` only declares. */
function isVoid(node: ts.Expression): boolean {
  return ts.isBinaryExpression(node) ? isVoid(node.right) : ts.isVoidExpression(node);
}

function isNamed(node: ts.Expression, name: string): boolean {
  return ts.isIdentifier(node) && node.text === name;
}

function isFunction(node: ts.Expression | undefined): boolean {
  return node !== undefined && (ts.isArrowFunction(node) || ts.isFunctionExpression(node));
}

function mentionsThis(node: ts.Node): boolean {
  return node.kind === ts.SyntaxKind.ThisKeyword || ts.forEachChild(node, mentionsThis) === true;
}

function isShared(node: ts.Expression): boolean {
  if (ts.isIdentifier(node)) return SHARED.test(node.text);
  return ts.isPropertyAccessExpression(node) && SHARED.test(node.name.text);
}

function call(name: string, args: readonly ts.Expression[]): ts.CallExpression {
  return f.createCallExpression(f.createIdentifier(name), undefined, args);
}

function delegate(expression: ts.Expression): ts.Expression {
  return f.createParenthesizedExpression(
    f.createYieldExpression(f.createToken(ts.SyntaxKind.AsteriskToken), expression),
  );
}

/** A generator function that keeps `this`, as an arrow function does. */
function bound(expression: ts.FunctionExpression): ts.Expression {
  const bind = f.createPropertyAccessExpression(f.createParenthesizedExpression(expression), 'bind');
  return f.createCallExpression(bind, undefined, [f.createThis()]);
}

function temporary(): ts.Statement {
  const declaration = f.createVariableDeclaration('__t');
  return f.createVariableStatement(
    undefined,
    f.createVariableDeclarationList([declaration], ts.NodeFlags.Let),
  );
}
