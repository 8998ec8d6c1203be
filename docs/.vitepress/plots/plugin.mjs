import { growth, plot } from './figure.mjs';

/** A component of a page, and the attributes that it has. @type {Record<string, { attributes: string[], draw: (given: Record<string, string>) => string }>} */
const COMPONENTS = {
  Plot: { attributes: ['name', 'metrics'], draw: ({ name, metrics }) => plot(name, metrics) },
  Growth: { attributes: ['name'], draw: ({ name }) => growth(name) },
};
const ALONE = /^<(Plot|Growth)((?:\s+\w+="[^"]*")*)\s*\/>\s*$/;
const ANYWHERE = /<(Plot|Growth|Figure)\b/;

/**
 * A plugin of markdown-it: puts plots in the place of `<Plot … />` and `<Growth … />`. They are there when the page is
 * rendered, so the browser gets no script and no data for them.
 *
 * @param {import('vitepress').MarkdownRenderer} md
 */
export function plots(md) {
  md.block.ruler.before('html_block', 'plots', drawLine, { alt: ['paragraph'] });
  md.renderer.rules.plot = (tokens, index) => tokens[index].content;
  md.core.ruler.push('plots elsewhere', refuseOthers);
}

/** @type {Parameters<import('vitepress').MarkdownRenderer['block']['ruler']['before']>[2]} */
function drawLine(state, line, _, isTrial) {
  const source = state.src.slice(state.bMarks[line] + state.tShift[line], state.eMarks[line]);
  const [, name, attributes] = ALONE.exec(source) ?? [];
  if (name === undefined) return false;
  if (isTrial) return true;
  const token = state.push('plot', '', 0);
  token.map = [line, line + 1];
  token.content = `${drawn(name, attributes, state.env)}\n`;
  state.line = line + 1;
  return true;
}

/** @param {string} name @param {string} written @param {{ relativePath?: string }} page */
function drawn(name, written, page) {
  const { attributes, draw } = COMPONENTS[name];
  const given = Object.fromEntries(
    [...written.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]),
  );
  const strange = Object.keys(given).find((key) => !attributes.includes(key));
  try {
    if (strange !== undefined)
      throw new Error(`it has no attribute "${strange}", but ${attributes.join(', ')}`);
    return draw(given);
  } catch (error) {
    throw new Error(
      `${page.relativePath ?? 'A page'}, <${name}${written} />: ${/** @type {Error} */ (error).message}`,
      {
        cause: error,
      },
    );
  }
}

/** @type {Parameters<import('vitepress').MarkdownRenderer['core']['ruler']['push']>[1]} */
function refuseOthers({ tokens, env }) {
  for (const { type, content, children } of tokens) {
    const html =
      type === 'html_block'
        ? [content]
        : (children ?? []).filter((child) => child.type === 'html_inline').map((child) => child.content);
    const [, name] = ANYWHERE.exec(html.join('\n')) ?? [];
    if (name !== undefined)
      throw new Error(
        `${env.relativePath ?? 'A page'}: <${name}> has to stand on a line of its own, as <Plot name="…" /> or <Growth name="…" />; figures in sentences are comments, see docs/.vitepress/plots/README.md`,
      );
  }
}
