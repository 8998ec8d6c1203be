import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

const MOST_CHARACTERS = 90;

/**
 * What becomes of a call: `done`, `failed` with the error, or `pending` as long as neither.
 *
 * @param call returns a promise, or throws
 */
export function fateOf(call) {
  const begun = performance.now();
  const fate = { outcome: 'pending', ms: undefined, error: undefined };
  const ended = (outcome, error) => {
    fate.outcome = outcome;
    fate.ms = Math.round(performance.now() - begun);
    if (outcome === 'failed') fate.error = nameOf(error);
  };
  fate.settled = new Promise((resolve) => resolve(call())).then(
    () => ended('done'),
    (error) => ended('failed', error),
  );
  return fate;
}

/** Waits until all of them have settled, or not longer than so many ms. */
export async function settled(fates, milliseconds) {
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([Promise.all(fates.map((fate) => fate.settled)), late]);
  clearTimeout(timer);
}

/** How many had each outcome, the first error, and when the last of those that ended did. */
export function tally(fates) {
  const count = (wanted) => fates.filter(({ outcome }) => outcome === wanted).length;
  const ended = fates.filter(({ ms }) => ms !== undefined).map(({ ms }) => ms);
  return {
    done: count('done'),
    failed: count('failed'),
    pending: count('pending'),
    ms: ended.length > 0 ? Math.max(...ended) : undefined,
    error: fates.find(({ error }) => error !== undefined)?.error,
  };
}

/** An error in one line, without what is this machine's. */
function nameOf(error) {
  const { name = typeof error, code, message = String(error) } = error ?? {};
  const what = typeof code === 'string' ? `${name} ${code}` : name;
  const line = message
    .split('\n')[0]
    .replaceAll(ROOT, '')
    .replaceAll(/\b\d{3,}\b/g, 'n');
  return `${what}: ${line.length > MOST_CHARACTERS ? `${line.slice(0, MOST_CHARACTERS)}…` : line}`;
}
