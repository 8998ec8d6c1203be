import { fileURLToPath } from 'node:url';
import { createMarkdownRenderer, type MarkdownRenderer } from 'vitepress';
import { beforeAll, expect, test } from 'vitest';
import { plots } from './.vitepress/plots/plugin.mjs';

let md: MarkdownRenderer;
const render = (page: string) => md.render(page, { relativePath: 'some/page.md', path: '/some/page.md' });

beforeAll(async () => {
  md = await createMarkdownRenderer(fileURLToPath(new URL('.', import.meta.url)));
  md.use(plots);
});

test('a plot stands where its line stood, as markup that needs no script', () => {
  const html = render('Before\n\n<Plot name="lock-free" />\n\n- after');
  expect(html).toMatch(/^<p>Before<\/p>\n<figure class="plot" v-pre="">.*<\/figure>\n<ul>/s);
  expect(html).toContain('<svg width="100%"');
  expect(html).not.toContain('<Plot');
});

test('only the metrics that are asked for are shown', () => {
  const html = render('<Plot name="lock-hand-off" metrics="hot coldP99" />');
  expect([...html.matchAll(/<p class="plot-head">(.*?),/g)].map(([, label]) => label)).toEqual([
    'hot',
    'cold p99',
  ]);
});

test('a growth has its lines', () => {
  expect(render('<Growth name="queue-by-size" />')).toContain('class="plot-line plot-line-0"');
});

test.each([
  [
    '<Plot name="no-such" />',
    'some/page.md, <Plot name="no-such" />: There are no results of the benchmark "no-such"',
  ],
  ['<Plot name="lock-free" metrics="pear" />', 'have no metric "pear", but pair'],
  ['<Plot of="lock-free" />', 'it has no attribute "of", but name, metrics'],
  ['<Growth name="no-such" />', 'There is no growth "no-such"'],
  ['In a <Plot name="lock-free" /> sentence', 'has to stand on a line of its own'],
  ['It takes <Figure of="lock-free" />.', 'figures in sentences are comments'],
  ['<Figure of="lock-free" />', 'figures in sentences are comments'],
])('%s is refused', (page, message) => {
  expect(() => render(page)).toThrow(message);
});

test('the comments of a figure leave only the figure', () => {
  const html = render('It is <!-- figure: lock-free / @mp Lock, sync / pair -->1 ns<!-- / --> fast');
  expect(html.replace(/<!--.*?-->/g, '')).toBe('<p>It is 1 ns fast</p>\n');
});
