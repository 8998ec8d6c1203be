import colors from 'picocolors';

export { colors };

/** Prints lines. */
export function print(lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}

/** Prints a value as JSON. @param isLine whether it is one of several, each on its line */
export function printJson(value: unknown, isLine = false): void {
  process.stdout.write(`${JSON.stringify(value, undefined, isLine ? undefined : 2)}\n`);
}

/** Characters in a line of the terminal; what goes to a file or a pipe is not cut. */
export function lineWidth(): number {
  return process.stdout.isTTY ? process.stdout.columns : Infinity;
}
