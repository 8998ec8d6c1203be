import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filesWithFigures } from '../tools/bench-figures.mjs';
import { ROOT } from '../tools/workspace.mjs';
import { figureOf, withFigures, withoutFigures } from './.vitepress/plots/expression.mjs';
import { growth, plot } from './.vitepress/plots/figure.mjs';
import { GROWTHS } from './.vitepress/plots/growth.mjs';

const FOLDER = 'docs/benchmarks';
const pages = readdirSync(join(ROOT, FOLDER))
  .filter((file) => file.endsWith('.md'))
  .map((file) => ({ file, text: readFileSync(join(ROOT, FOLDER, file), 'utf8') }));
const all = pages.map(({ text }) => text).join('\n');

describe('figures and plots of the repository', () => {
  test.each(filesWithFigures())(
    '$file is in step with the results (else: node tools/bench-figures.mjs)',
    ({ is, shouldBe }) => {
      expect(is).toBe(shouldBe);
    },
  );

  test('every benchmark has a plot, or is part of a growth, and the command that measures it', () => {
    const benchmarks = readdirSync(join(ROOT, 'apps/benchmarks/bench')).map((file) =>
      file.replace('.mjs', ''),
    );
    const grown = new Set(Object.values(GROWTHS).flatMap(({ points }) => points.map(([, name]) => name)));
    const commands = new Set(
      [...all.matchAll(/`npm run bench -- ([^`]+)`/g)].flatMap(([, names]) => names.split(' ')),
    );
    for (const name of benchmarks) {
      expect(all.includes(`<Plot name="${name}"`) || grown.has(name), `a plot of ${name}`).toBe(true);
      expect(commands, `the command of ${name}`).toContain(name);
    }
    expect([...commands].filter((name) => !benchmarks.includes(name))).toEqual([]);
  });

  test('every growth is on a page', () => {
    for (const name of Object.keys(GROWTHS)) expect(all).toContain(`<Growth name="${name}" />`);
  });

  test.each(pages)('$file has no figure that somebody typed', ({ text }) => {
    const typed = /\d[\d.,]* ?(?:ns|µs|[kM] \w|[kM]\/s|GiB\/s)|\d[\d.,]* times as/;
    expect(withoutFigures(text).match(typed)?.[0]).toBeUndefined();
  });
});

describe('of results', () => {
  let folder: string;
  const summary = (...samples: number[]) => {
    const sorted = samples.toSorted((a, b) => a - b);
    return { median: sorted[1], least: sorted[0], most: sorted[2], samples };
  };
  const result = {
    name: 'mail',
    title: 'Mail <by> {{ pigeon }}',
    date: '2026-11-30',
    machine: { cpu: 'Loft', cores: 2, memoryGiB: 4, kernel: 'Linux 6', arch: 'x64' },
    versions: { node: '20.1.2', commit: 'abc', 'python 3.13': '3.13.0' },
    rounds: 3,
    params: { payload: 'bytes' },
    metrics: [{ key: 'rate', label: 'throughput', unit: 'GiB/s', better: 'higher' }],
    baseline: '@mp Mail',
    rows: [
      { name: '@mp Mail', ours: true, metrics: { rate: summary(4, 2, 3) }, cpu: { near: summary(5, 4, 6) } },
      { name: 'Crow 1', ours: false, metrics: { rate: summary(2, 1, 1) }, cpu: {}, advantage: { rate: 2 } },
      {
        name: 'Crow 2',
        ours: false,
        metrics: { rate: summary(1, 0.5, 0.5) },
        cpu: {},
        advantage: { rate: 4 },
      },
    ],
    absent: [{ name: 'Stork', reason: 'not installed' }],
    targets: [{ goal: 'twice a crow', measured: 2, met: true }],
  };
  const keep = (name: string, kept: unknown) =>
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(kept));

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'mp-results-'));
    keep('mail', result);
    keep('mail.node-26', { ...result, versions: { node: '26.0.0', commit: 'abc' } });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each([
    ['mail / @mp Mail / rate', '3.0 GiB/s'],
    ['mail / @mp Mail / rate / spread', '2.0 to 4.0 GiB/s'],
    // 1 MiB at 3 GiB/s
    ['mail / @mp Mail / rate / each', '326 µs'],
    ['mail / @mp Mail / rate / times Crow', '2.0 to 4.0'],
    ['mail / @mp Mail / rate / times Crow 1', '2.0'],
    ['mail / @mp Mail / cpu near', '5.0 µs'],
    ['mail.node-26 / Crow 2 / rate', '0.50 GiB/s'],
  ])('%s is %s', (expression, figure) => {
    expect(figureOf(expression, folder)).toBe(figure);
    const marked = (inside: string) => `It is <!-- figure: ${expression} -->${inside}<!-- / -->.`;
    expect(withFigures(marked('old'), folder)).toBe(marked(figure));
    expect(withoutFigures(marked('old'))).toBe('It is .');
  });

  test.each([
    [
      'post / @mp Mail / rate',
      'There are no results of the benchmark "post": write them with npm run bench -- post',
    ],
    ['mail.node-24 / @mp Mail / rate', 'npm run bench -- mail --node <path of a Node 24>'],
    ['mail / @mp Male / rate', 'have no contender "@mp Male", but @mp Mail; Crow 1; Crow 2'],
    ['mail / @mp Mail / speed', 'have no metric "speed", but rate'],
    ['mail / Crow 1 / cpu near', 'have no cpu near of "Crow 1"'],
    ['mail / @mp Mail / rate / mean', '"mean" is none of median, spread, each'],
    ['mail / @mp Mail / rate / times Owl', 'have no rate of a contender "Owl…"'],
    ['mail / @mp Mail', 'is no figure'],
  ])('%s is refused with what there is', (expression, message) => {
    expect(() => figureOf(expression, folder)).toThrow(message);
  });

  test.each([
    'it is <!-- figure: mail / @mp Mail / rate -->3.0',
    '  <!-- figure: mail / @mp Mail / rate --><!-- / -->',
  ])('a figure that is not closed, or begins its line, is refused: %s', (line) => {
    expect(() => withFigures(`a\n${line}`, folder)).toThrow('Line 2 has a figure');
  });

  test('a plot has a bar and whiskers for each contender and Node, the machine, and a table', () => {
    const svg = plot('mail', undefined, folder);
    expect(svg.match(/<rect [^>]*class="plot-(ours|rival)-[01]"[^>]*><\/rect>/g)).toHaveLength(3 * 2 + 4);
    // The most of all rounds is 4: 80 % of the width. The whisker of ours begins at 2 and its bar ends at 3.
    expect(svg).toContain('<rect x="0" y="17" width="60%"');
    expect(svg).toContain('<line x1="40%" x2="80%" y1="21.5" y2="21.5" class="plot-whisker">');
    expect(svg).toContain(
      'Loft, 2 cores, 4 GiB, Linux 6, x64. Node 20.1.2, 2026-11-30, commit abc. Node 26.0.0',
    );
    expect(svg).toContain(
      '<th scope="row">Crow 2</th><td>0.50 GiB/s</td><td>0.50 to 1.0 GiB/s</td><td>4.0</td>',
    );
    expect(svg).toContain('Not measured: Stork (not installed).');
    expect(svg).toContain('Target: twice a crow (2.0, met).');
    expect(svg).toContain('Mail &#60;by&#62; {{ pigeon }}');
    expect(svg).toContain('v-pre');
  });

  test('values that are far apart are dots on a logarithmic axis', () => {
    const [ours, ...rest] = result.rows;
    keep('far', {
      ...result,
      name: 'far',
      rows: [{ ...ours, metrics: { rate: summary(400, 200, 300) } }, ...rest],
    });
    const svg = plot('far', 'rate', folder);
    expect(svg).toContain('logarithmic');
    expect(svg.match(/<circle /g)).toHaveLength(3);
  });

  test('a growth has a line for each contender, with the times of one operation', () => {
    for (const name of ['queue-16b', 'queue-1kib', 'queue-64kib', 'queue-1mib'])
      keep(name, { ...result, name, rows: [{ ...result.rows[0], name: '@mp Queue, sync' }] });
    const svg = growth('queue-by-size', folder);
    expect(svg.match(/class="plot-line plot-line-0"/g)).toHaveLength(3);
    expect(svg.match(/class="plot-spread plot-line-0"/g)).toHaveLength(4);
    expect(svg).toContain('@mp Queue, sync: 16 B 326 µs, 1 KiB 326 µs, 64 KiB 326 µs, 1 MiB 326 µs');
    expect(() => growth('pool-by-tasks', folder)).toThrow('no results of the benchmark "pool-tiny-1"');
    expect(() => growth('queue', folder)).toThrow('There is no growth "queue", but queue-by-size');
  });
});
