import { oneLine } from './format.ts';

/** A column of a table. */
export interface Column<T> {
  readonly title: string;
  /** Numbers stand at the right. */
  readonly right?: boolean;
  text(row: T): string;
  /** Colours what was padded already. */
  paint?(text: string, row: T): string;
}

const GAP = '  ';

/**
 * A table as lines; the first has the titles.
 *
 * @param width characters that a line may have; only the last column is cut
 */
export function table<T>(columns: readonly Column<T>[], rows: readonly T[], width = Infinity): string[] {
  const cells = rows.map((row) => columns.map((column) => oneLine(column.text(row))));
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...cells.map((row) => row[index].length)),
  );
  const before = widths.slice(0, -1).reduce((sum, each) => sum + each + GAP.length, 0);
  const last = Math.max(columns[columns.length - 1].title.length, width - before);
  const padded = (text: string, index: number): string => {
    if (index === columns.length - 1) return text.length > last ? `${text.slice(0, last - 1)}…` : text;
    return columns[index].right ? text.padStart(widths[index]) : text.padEnd(widths[index]);
  };
  const head = columns
    .map(({ title }, index) => padded(title, index))
    .join(GAP)
    .trimEnd();
  const body = cells.map((row, at) =>
    row
      .map((text, index) => {
        const cell = padded(text, index);
        return columns[index].paint?.(cell, rows[at]) ?? cell;
      })
      .join(GAP)
      .trimEnd(),
  );
  return [head, ...body];
}
