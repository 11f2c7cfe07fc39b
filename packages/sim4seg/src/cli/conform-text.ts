import type { ConformReport } from '@sim4seg/testing';
import { textTable } from './text-table.js';

/** One line a check. */
export function conformTable(reports: readonly ConformReport[]): string {
  const rows = reports.flatMap(({ kind, plugin, checks }) =>
    checks.map(({ name, ok, skipped }) => [kind, plugin, name, resultText(ok, skipped)]),
  );
  const columns = ['kind', 'plugin', 'check', 'result'].map((head) => ({ head }));
  const made = reports.flatMap(({ checks }) => checks);
  const failed = made.filter(({ ok }) => !ok).length;
  const last = `${made.length} checks of ${reports.length} plugins, ${failed} failed`;
  return `${[...textTable(columns, rows), last].join('\n')}\n`;
}

const resultText = (ok: boolean, skipped: string | null): string =>
  ok ? (skipped === null ? 'ok' : `left out: ${skipped}`) : 'FAILED';

/** What failed: who, what must hold, what came, what to do. */
export function conformFailures(reports: readonly ConformReport[]): string {
  const failed = reports.flatMap(({ kind, plugin, checks }) =>
    checks
      .filter(({ ok }) => !ok)
      .map(({ name, must, got, fix }) => `${kind} '${plugin}', ${name}: ${must}, got ${got}, ${fix}`),
  );
  return failed.map((text, i) => `(${i + 1}) ${text}`).join('; ');
}
