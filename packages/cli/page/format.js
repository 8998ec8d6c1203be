// How numbers are written.

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** @param {number} bytes */
export function bytes(bytes) {
  let unit = 0;
  let size = bytes;
  for (; size >= 1024 && unit < UNITS.length - 1; unit++) size /= 1024;
  return `${unit === 0 ? size : size.toPrecision(3)} ${UNITS[unit]}`;
}

/** @param {number} number */
export function count(number) {
  return number.toLocaleString('en', { maximumFractionDigits: 0 });
}

/** Per second. @param {number} number */
export function rate(number) {
  const digits = number > 0 && number < 10 ? 1 : 0;
  return `${number.toLocaleString('en', { maximumFractionDigits: digits })}/s`;
}

/** How long something lasts. @param {number} ms */
export function duration(ms) {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  const seconds = ms / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 100) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 100) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}

/** One of many, in the right number. @param {number} number @param {string} one @param {string} [many] */
export function plural(number, one, many = `${one}s`) {
  return `${count(number)} ${number === 1 ? one : many}`;
}

/**
 * What a program is called: the first words of its command line, without folders and the options of Node.
 *
 * @param {string} command
 */
export function programOf(command) {
  const words = command.split(' ').filter((word) => word !== '');
  const [first = '', ...rest] = words.map((word) => word.slice(word.lastIndexOf('/') + 1));
  if (!/^(?:node|python[\d.]*|bun|deno)$/.test(first)) return first;
  const program = rest.find((word) => !word.startsWith('-'));
  return program === undefined ? first : `${first} ${program}`;
}
