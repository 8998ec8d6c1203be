import colors from 'picocolors';

export { colors };

/** Prints lines. */
export function print(lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}

/** Prints a value as JSON. @param isLine whether it is one of several, each on its line */
export function printJson(value: unknown, isLine = false): void {
  const text = JSON.stringify(value, undefined, isLine ? undefined : 2);
  // JSON leaves these as they are, and a terminal may obey them.
  const safe = text.replace(/[\u007f-\u009f]/g, (each) => `\\u00${each.charCodeAt(0).toString(16)}`);
  process.stdout.write(`${safe}\n`);
}

/** Characters in a line of the terminal; what goes to a file or a pipe is not cut. */
export function lineWidth(): number {
  return process.stdout.isTTY ? process.stdout.columns : Infinity;
}
