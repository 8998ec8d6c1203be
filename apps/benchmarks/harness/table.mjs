/**
 * A number with three significant digits, thousands grouped: 1 234 000 · 52.1 · 0.65.
 */
export function short(value) {
  if (value === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  const rounded = Number(value.toPrecision(3)).toFixed(digits);
  const [whole, fraction] = rounded.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ' ');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** The result of one benchmark as plain text. */
export function table(benchmark, result) {
  const { metrics, baseline } = benchmark;
  const head = [
    '',
    ...metrics.flatMap(({ label, unit, better }) => [
      `${label}, ${unit}`,
      'spread',
      ...(better ? ['ratio'] : []),
    ]),
  ];
  head.push('CPU µs/op near', 'far');
  const lines = result.rows.map((row) => [
    row.name,
    ...metrics.flatMap(({ key, better }) => cells(row, key, better, row.name === baseline)),
    row.cpu.near ? short(row.cpu.near.median) : '',
    row.cpu.far ? short(row.cpu.far.median) : '',
  ]);
  const out = [benchmark.title, '', ...aligned([head, ...lines])];
  if (result.rows.some(({ name }) => name === baseline))
    out.push('', `ratio: how many times better "${baseline}" is`);
  for (const { name, reason } of result.absent) out.push(`not measured: ${name} (${reason})`);
  for (const { goal, measured, met } of result.targets) {
    const verdict =
      met === undefined ? 'nothing to compare' : `${short(measured)}, ${met ? 'met' : 'MISSED'}`;
    out.push(`target: ${goal} (${verdict})`);
  }
  return out.join('\n');
}

function cells(row, key, better, isBaseline) {
  const metric = row.metrics[key];
  const ratio = row.advantage?.[key];
  const said = metric ? [short(metric.median), `${short(metric.least)}–${short(metric.most)}`] : ['', ''];
  if (better) said.push(isBaseline ? '1' : ratio === undefined ? '' : `${short(ratio)}×`);
  return said;
}

/** Rows of cells as lines of text: the first column to the left, the others to the right unless told. */
export function aligned(rows, toLeft = false) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 || toLeft ? cell.padEnd(widths[column]) : cell.padStart(widths[column]),
      )
      .join('  ')
      .trimEnd(),
  );
}
