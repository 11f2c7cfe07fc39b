import { mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Sim4SegError } from '@sim4seg/core';
import { FINDING_KINDS, reportPage, validateCases } from '@sim4seg/data';
import type { Finding, ValidationReport } from '@sim4seg/data';
import { interruptSignal } from './interrupt.js';
import { textTable } from './text-table.js';
import { writeReport } from './write-report.js';

interface ValidateCommandOptions {
  readonly html?: string;
  readonly json?: string;
}

/** Rows that the terminal shows; all stand in the page and the JSON. */
const MOST_ROWS = 40;

/** `sim4seg data validate`. @throws CASES_INVALID (errors were found), FOLDER_EMPTY, WRITE_FAILED, DISK_FULL */
export async function validateCommand(cases: readonly string[], options: ValidateCommandOptions): Promise<void> {
  const report = await validateCases(cases, {
    signal: interruptSignal(),
    onCase: (done) => {
      if (process.stderr.isTTY && done % 10 === 0) process.stderr.write(`\r${done} cases`);
    },
  });
  if (process.stderr.isTTY) process.stderr.write('\r');
  if (options.html !== undefined) await writePage(options.html, report);
  await writeReport(report, reportLines(report), options.json);
  if (report.errors === 0) return;
  throw new Sim4SegError('CASES_INVALID', {
    must: 'Cases must be whole, consistent and apart in their splits',
    got: `${report.errors} errors in ${report.cases} cases`,
    fix: options.html === undefined ? 'Correct them; --html page.html shows their pictures' : `Look at ${options.html}`,
  });
}

function reportLines(report: ValidationReport): string[] {
  const rows = report.findings.slice(0, MOST_ROWS).map(findingRow);
  const columns = [{ head: '' }, { head: 'what' }, { head: 'case' }, { head: 'details' }];
  const more = report.errors + report.warnings - rows.length;
  return [
    ...textTable(columns, rows),
    ...(more > 0 ? [`... and ${more} more`] : []),
    `${report.cases} cases in ${report.datasets.length} datasets: ${report.errors} errors, ${report.warnings} warnings`,
  ];
}

function findingRow({ kind, dataset, case: found, detail }: Finding): string[] {
  const [severity, title] = FINDING_KINDS[kind];
  return [severity, title, found === null ? dataset : `${dataset}/${found.id}`, detail];
}

async function writePage(path: string, report: ValidationReport): Promise<void> {
  const temporary = `${path}.partial`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(temporary, 'w');
    try {
      for await (const piece of reportPage(report)) await file.write(piece);
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    const full = (cause as NodeJS.ErrnoException).code === 'ENOSPC';
    throw new Sim4SegError(full ? 'DISK_FULL' : 'WRITE_FAILED', {
      must: 'The page must be writable',
      got: `${path}: ${cause instanceof Error ? cause.message : String(cause)}`,
      fix: full ? 'Free some space or choose another place' : 'Check the folder and its permissions',
      cause,
    });
  }
}
