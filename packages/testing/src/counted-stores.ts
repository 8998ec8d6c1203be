import ts from 'typescript';

/** Methods that write memory; a `set` of a Map is counted too, which does no harm. */
const WRITERS = new Set(['set', 'copy', 'copyWithin', 'fill']);
const ATOMIC_WRITERS = new Set(['store', 'add', 'sub', 'and', 'or', 'xor', 'exchange', 'compareExchange']);
/** Calls of the native part that change nothing; all others count. */
const NO_STORES = new Set(['probe', 'futexWait', 'doorbellWait', 'backend']);
/** System calls that change the directory. */
const FILE_WRITERS = new Set(['linkSync', 'unlinkSync']);

/**
 * A module in which each store to memory or to the segment directory is counted.
 *
 * @param path where it stands
 * @param text its JavaScript
 */
export function counted(path: string, text: string): string {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true, ts.ScriptKind.JS);
  const wraps: { at: number; text: string }[] = [];
  const visit = (node: ts.Node): void => {
    if (isStore(node))
      wraps.push({ at: node.getStart(file), text: '__stored(' }, { at: node.end, text: ')' });
    ts.forEachChild(node, visit);
  };
  visit(file);
  let result = '';
  let done = 0;
  for (const { at, text: inserted } of inOrder(wraps)) {
    result += text.slice(done, at) + inserted;
    done = at;
  }
  return result + text.slice(done);
}

/** Insertions from the start; at one place those that end first, and what was found later lies inside. */
function inOrder(wraps: { at: number; text: string }[]): { at: number; text: string }[] {
  return wraps
    .map((wrap, index) => ({ ...wrap, index }))
    .sort((a, b) => a.at - b.at || (a.text === ')' ? b.index - a.index : a.index - b.index));
}

function isStore(node: ts.Node): boolean {
  if (ts.isBinaryExpression(node)) {
    const { kind } = node.operatorToken;
    const assigns = kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;
    return assigns && ts.isElementAccessExpression(node.left);
  }
  if (!ts.isCallExpression(node)) return false;
  const { expression } = node;
  if (ts.isIdentifier(expression)) return FILE_WRITERS.has(expression.text);
  if (!ts.isPropertyAccessExpression(expression)) return false;
  const name = expression.name.text;
  const of = expression.expression;
  if (ts.isIdentifier(of) && of.text === 'Atomics') return ATOMIC_WRITERS.has(name);
  if (ts.isIdentifier(of) && /^native\d*$/.test(of.text)) return !NO_STORES.has(name);
  return WRITERS.has(name) && node.arguments.length > 0;
}
