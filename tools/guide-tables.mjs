// Reads the tables of docs/guide/from-python.md.

/**
 * @typedef {object} Row
 * @property {number} line of the page, from 1
 * @property {string[]} modules of Python that the heading above names
 * @property {string[]} python names, without what they are called with
 * @property {string[]} here the spans of code of the second column
 * @property {string} reason the third column
 */

/**
 * Every row of a table below a heading that names modules of Python.
 *
 * @param {string} page
 * @returns {Row[]}
 */
export function rowsOf(page) {
  /** @type {string[]} */
  let modules = [];
  return page.split('\n').flatMap((text, at) => {
    if (text.startsWith('#')) modules = spansOf(text);
    if (modules.length === 0 || !/^\| [`\w]/.test(text) || text.startsWith('| Python |')) return [];
    const [python, here, reason] = text.split('|').slice(1, -1);
    return [
      {
        line: at + 1,
        modules,
        python: spansOf(python).map((span) => span.replace(/\(.*/, '')),
        here: spansOf(here),
        reason: reason.trim(),
      },
    ];
  });
}

/** @param {string} text */
function spansOf(text) {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, span]) => span);
}
