/** One column of a table for the terminal. */
export interface Column {
  readonly head: string;
  /** Numbers stand at the right edge of their column. */
  readonly align?: 'left' | 'right';
}

/** Names come from files that anybody may have written: control characters, which a terminal would obey, become spaces. */
export const printable = (text: string): string => text.replace(/\p{C}/gu, ' ');

/** Rows under their heads, in columns two spaces apart; an empty list of rows gives no lines at all. */
export function textTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const cells = [columns.map(({ head }) => head), ...rows.map((row) => row.map(printable))];
  const widths = columns.map((_, i) => cells.reduce((width, row) => Math.max(width, (row[i] ?? '').length), 0));
  return cells.map((row) =>
    columns
      .map(({ align }, i) => {
        const cell = row[i] ?? '';
        return align === 'right' ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0);
      })
      .join('  ')
      .trimEnd(),
  );
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** 1536 is `1.54 kB`: three digits in decimal units. */
export function bytesText(bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const scaled = bytes / 1000 ** power;
  return `${power === 0 ? bytes : threeDigits(scaled)} ${UNITS[power]}`;
}

/** A number with three digits that count: 0.123, 1.23, 12.3, 123, 1234. */
export function threeDigits(value: number): string {
  if (!Number.isFinite(value)) return '-';
  const whole = Math.max(0, Math.floor(Math.log10(Math.abs(value) || 1)));
  return value.toFixed(Math.max(0, Math.min(3, 2 - whole + (Math.abs(value) < 1 ? 1 : 0))));
}

/** 1234567 is `1,234,567`, whatever the language of the computer. */
export const countText = (count: number): string => count.toLocaleString('en-US');

/** `[2, 3]`, `[batch, 3]`; a scalar is `[]`. */
export const dimsText = (dims: readonly (number | string)[]): string => `[${dims.join(', ')}]`;
