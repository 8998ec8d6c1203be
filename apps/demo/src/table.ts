/**
 * The lines of a table: columns of numbers are aligned to the right, all others to the left.
 *
 * @param head titles of the columns
 */
export function tableOf(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  const all = [head, ...rows].map((row) => row.map(String));
  const columns = head.map((_, column) => ({
    width: Math.max(...all.map((row) => row[column].length)),
    isNumeric: rows.every((row) => typeof row[column] === 'number' || row[column] === ''),
  }));
  return all.map((row) =>
    columns
      .map(({ width, isNumeric }, column) =>
        isNumeric ? row[column].padStart(width) : row[column].padEnd(width),
      )
      .join('  ')
      .trimEnd(),
  );
}
