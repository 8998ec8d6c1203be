import { advantage, summarise } from './statistics.mjs';

/**
 * Runs one benchmark: every contender once per round, in turn, each round beginning with another one.
 *
 * @param benchmark what a file of `bench/` exports
 * @param progress gets one short text per round run
 * @returns the rows that ran, and those that did not with the reason
 */
export async function contest(benchmark, { quick, only = [], progress = () => {} }) {
  const params = { ...benchmark.params, ...(quick ? benchmark.quick : {}) };
  const rounds = quick ? 1 : benchmark.rounds;
  const chosen = selected(benchmark, only);
  const absent = [];
  const entrants = [];
  for (const contender of chosen) {
    const reason = contender.missing();
    if (reason === undefined) entrants.push({ contender, measures: [] });
    else absent.push({ name: contender.name, reason });
  }
  for (let round = 0; round < rounds; round++) {
    for (const entrant of rotated(entrants, round)) {
      if (entrant.failure !== undefined) continue;
      progress(`${benchmark.name}: round ${round + 1} of ${rounds}, ${entrant.contender.name}`);
      try {
        entrant.measures.push(await entrant.contender.round(benchmark.round, params));
      } catch (error) {
        entrant.failure = error.message;
      }
    }
  }
  for (const { contender, failure } of entrants) {
    if (failure !== undefined) absent.push({ name: contender.name, reason: failure, failed: true });
  }
  const rows = entrants
    .filter((entrant) => entrant.failure === undefined)
    .map((entrant) => row(benchmark, entrant));
  compare(benchmark, rows);
  return { params, rounds, rows, absent, targets: judge(benchmark, rows) };
}

/** The contenders of a benchmark whose names contain one of the words of `only`; all, without words. */
export function selected(benchmark, only) {
  if (only.length === 0) return benchmark.contenders;
  const words = only.map((word) => word.toLowerCase());
  return benchmark.contenders.filter(({ name }) => words.some((word) => name.toLowerCase().includes(word)));
}

function rotated(list, by) {
  const at = list.length === 0 ? 0 : by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}

function row(benchmark, { contender, measures }) {
  const metrics = {};
  for (const { key } of benchmark.metrics) {
    const samples = measures.map((measure) => measure.metrics[key]).filter((value) => value !== undefined);
    if (samples.length > 0) metrics[key] = summarise(samples);
  }
  const cpu = {};
  for (const side of ['near', 'far']) {
    const samples = measures.map((measure) => measure.cpu?.[side]).filter((value) => value !== undefined);
    if (samples.length > 0) cpu[side] = summarise(samples);
  }
  return { name: contender.name, ours: contender.ours === true, metrics, cpu };
}

/** Ratios against the benchmark's baseline, which is one of ours: above 1 says that the baseline is better. */
function compare(benchmark, rows) {
  const baseline = rows.find(({ name }) => name === benchmark.baseline);
  if (baseline === undefined) return;
  for (const each of rows) {
    if (each === baseline) continue;
    each.advantage = {};
    for (const { key, better } of benchmark.metrics) {
      const [mine, theirs] = [baseline.metrics[key], each.metrics[key]];
      if (better && mine && theirs) each.advantage[key] = advantage(mine.samples, theirs.samples, better);
    }
  }
}

/**
 * A target names either the rivals to beat (`against`, beginnings of names) with the least ratio of the baseline, or of
 * the contender that it names by `of`; or one contender with the most, or the least, that its figure may be.
 */
function judge(benchmark, rows) {
  return benchmark.targets.map(({ goal, metric, of, against, atLeast, contender, atMost }) => {
    const values =
      against === undefined
        ? rows.filter(({ name }) => name === contender).map(({ metrics }) => metrics[metric]?.median)
        : rows
            .filter(({ name }) => against.some((start) => name.startsWith(start)))
            .map((each) => ratio(benchmark, rows, metric, of ?? benchmark.baseline, each));
    const known = values.filter((value) => value !== undefined);
    if (known.length === 0) return { goal, met: undefined };
    const measured = atMost === undefined ? Math.min(...known) : Math.max(...known);
    return { goal, measured, met: atMost === undefined ? measured >= atLeast : measured <= atMost };
  });
}

/** How many times better contender `of` is than `rival`. */
function ratio(benchmark, rows, metric, of, rival) {
  const [mine, theirs] = [rows.find(({ name }) => name === of)?.metrics[metric], rival.metrics[metric]];
  const { better } = benchmark.metrics.find(({ key }) => key === metric);
  return mine && theirs && advantage(mine.samples, theirs.samples, better);
}
