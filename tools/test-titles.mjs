// The titles of the tests in a file of tests.
import { readFileSync } from 'node:fs';
import ts from 'typescript';

/**
 * What tests, and groups of them, are called in a file. What is put into a title (`%s`, `${…}`) is written `…`.
 *
 * @param {string} file
 * @returns {Set<string>}
 */
export function titlesIn(file) {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
  const titles = new Set();
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isCallExpression(node) && /^(?:test|it|describe)\b/.test(node.expression.getText(source))) {
      const title = titleOf(node.arguments[0]);
      if (title !== undefined) titles.add(title);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return titles;
}

/** @param {ts.Node | undefined} node */
function titleOf(node) {
  if (node === undefined) return undefined;
  if (ts.isStringLiteralLike(node)) return node.text.replace(/%[a-z#]|\$\w+/g, '…');
  if (!ts.isTemplateExpression(node)) return undefined;
  const text = [node.head.text, ...node.templateSpans.map(({ literal }) => `…${literal.text}`)].join('');
  return text.replace(/%[a-z#]|\$\w+/g, '…');
}
