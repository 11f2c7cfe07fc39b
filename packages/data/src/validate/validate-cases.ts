import { Sim4SegError } from '@sim4seg/core';
import { openDatasets } from '../open-datasets.js';
import type { OpenDataset } from '../open-datasets.js';
import { checkCase } from './check-case.js';
import { createCrossChecks } from './cross-checks.js';
import type { CrossChecks } from './cross-checks.js';
import { isError } from './finding.js';
import type { Finding, FindingKind } from './finding.js';

export interface ValidateOptions {
  readonly signal?: AbortSignal;
  /** Called with each finding as soon as it is made. */
  readonly onFinding?: (finding: Finding) => void;
  /** Called after each case. */
  readonly onCase?: (done: number) => void;
}

/** What was looked at and what was found. */
export interface ValidationReport {
  readonly datasets: readonly string[];
  readonly cases: number;
  readonly errors: number;
  readonly warnings: number;
  readonly counts: Readonly<Partial<Record<FindingKind, number>>>;
  /** The first ten thousand; `counts` counts all. */
  readonly findings: readonly Finding[];
}

const MOST_FINDINGS = 10_000;

/**
 * Checks datasets: every file of every case, and the cases against each other. Cases are read one after the other, so
 * that memory does not grow with their pixels.
 * @param paths as for {@link openDatasets}
 * @throws FOLDER_EMPTY, ABORTED; what is wrong with cases is reported, not thrown
 */
export async function validateCases(
  paths: readonly string[],
  options: ValidateOptions = {},
): Promise<ValidationReport> {
  const datasets = await openDatasets(paths);
  const book = openBook(options);
  const crossChecks = createCrossChecks();
  let done = 0;
  for (const dataset of datasets) {
    for await (const findings of checkDataset(dataset, crossChecks, options.signal)) {
      for (const finding of findings.all) book.add(finding);
      if (findings.ofCase) options.onCase?.(++done);
    }
  }
  return { datasets: datasets.map(({ name }) => name), cases: done, ...book.close() };
}

interface Batch {
  readonly all: readonly Finding[];
  readonly ofCase: boolean;
}

async function* checkDataset(
  dataset: OpenDataset,
  crossChecks: CrossChecks,
  signal: AbortSignal | undefined,
): AsyncGenerator<Batch> {
  const invalid: Finding[] = [];
  const onInvalid = ({ got }: Sim4SegError): void => {
    invalid.push({ kind: 'line-invalid', dataset: dataset.name, case: null, other: null, detail: got });
  };
  const seen = { cases: 0, masks: 0, diagnoses: new Set<string>() };
  for await (const found of dataset.stream({ onInvalid })) {
    expectGoingOn(signal);
    const checked = await checkCase(found);
    seen.cases++;
    if (found.maskPath !== null) seen.masks++;
    if (found.record.diagnosis && seen.diagnoses.size < 2) seen.diagnoses.add(found.record.diagnosis);
    yield { all: [...checked.findings, ...crossChecks.add(found, checked)], ofCase: true };
    if (invalid.length > 0) yield { all: invalid.splice(0), ofCase: false };
  }
  yield { all: [...invalid, ...wholeDataset(dataset.name, seen)], ofCase: false };
}

function wholeDataset(
  dataset: string,
  seen: { readonly cases: number; readonly masks: number; readonly diagnoses: ReadonlySet<string> },
): Finding[] {
  const about = (kind: FindingKind, detail: string): Finding => ({ kind, dataset, case: null, other: null, detail });
  if (seen.cases === 0) return [about('no-cases', 'nothing can be learnt or judged')];
  const found: Finding[] = [];
  if (seen.masks === 0) found.push(about('no-masks', 'it can be asked about, but neither trained on nor scored'));
  const [only] = seen.diagnoses;
  if (seen.diagnoses.size === 1) found.push(about('one-class', `all are "${only}": the diagnosis cannot be learnt`));
  return found;
}

/** Counts findings and keeps the first of them. */
function openBook({ onFinding }: ValidateOptions) {
  const counts: Partial<Record<FindingKind, number>> = {};
  const kept: Finding[] = [];
  let [errors, warnings] = [0, 0];
  return {
    add(finding: Finding): void {
      counts[finding.kind] = (counts[finding.kind] ?? 0) + 1;
      if (isError(finding)) errors++;
      else warnings++;
      if (kept.length < MOST_FINDINGS) kept.push(finding);
      onFinding?.(finding);
    },
    close: () => ({ errors, warnings, counts, findings: kept }),
  };
}

function expectGoingOn(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return;
  throw new Sim4SegError('ABORTED', {
    must: 'Checking goes on until all cases are read',
    got: 'a request to stop',
    fix: 'Start again; nothing was changed',
    cause: signal.reason,
  });
}
