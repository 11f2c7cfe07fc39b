import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { emptyMask, expectNotAborted, isSim4SegError, maskToBytes } from '@sim4seg/core';
import type { MedicalImage } from '@sim4seg/core';
import { writeFileAtomic } from '@sim4seg/compute/node';
import { canonicalQuestion, encodeMaskPng, loadCase, openDatasets, wrongTargetsFor } from '@sim4seg/data';
import type { DatasetCase } from '@sim4seg/data';
import { scoreCase } from './case-outcome.js';
import type { CaseAnswer, CaseOutcome } from './case-outcome.js';
import { reportOf } from './evaluation-report.js';
import type { EvaluationReport } from './evaluation-report.js';

/** What is asked about a case; never more than this, so that no answer can know the truth. */
export interface CaseQuestion {
  readonly image: MedicalImage;
  readonly question: string;
  readonly target: string;
  readonly signal?: AbortSignal | undefined;
}

export interface EvaluateOptions {
  /** The product's pipeline, free-running. */
  readonly answer: (question: CaseQuestion) => Promise<CaseAnswer>;
  /** Folders of cases, cases.jsonl files, or folders of such folders. */
  readonly datasets: readonly string[];
  /** Keeps cases of this split only; all cases without it. */
  readonly split?: string | undefined;
  /** The first cases of each dataset only. */
  readonly most?: number | undefined;
  /** Folder for masks and `predictions.jsonl`. */
  readonly save?: string | undefined;
  readonly bootstrapSeed?: number;
  /** Also asks each case for a target of another kind of image, for that group of presence. */
  readonly askWrongTargets?: boolean;
  readonly onCase?: (done: {
    readonly dataset: string;
    readonly id: string;
    readonly outcome: CaseOutcome | null;
  }) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Answers every case through the given pipeline and scores those that hold a mask or a diagnosis. A case that cannot
 * be read or answered is listed and never stops the run.
 * @throws FOLDER_EMPTY, ABORTED, WRITE_FAILED
 */
export async function evaluate(options: EvaluateOptions): Promise<EvaluationReport> {
  const outcomes: CaseOutcome[] = [];
  const failed: EvaluationReport['failed'][number][] = [];
  const lines: string[] = [];
  for (const dataset of await openDatasets(options.datasets)) {
    const onInvalid = (error: { code: string; message: string }): void =>
      void failed.push({ dataset: dataset.name, id: '', code: error.code, message: error.message });
    let asked = 0;
    for await (const found of dataset.stream({ onInvalid, ...(options.split ? { split: options.split } : {}) })) {
      if (++asked > (options.most ?? Infinity)) break;
      expectNotAborted(options.signal);
      const done = await answerCase(found, options).catch((error: unknown) => failureOf(found, error));
      if ('code' in done) failed.push(done);
      else {
        outcomes.push(...done.outcomes);
        lines.push(done.line);
      }
      const outcome = 'code' in done ? null : (done.outcomes[0] ?? null);
      options.onCase?.({ dataset: found.dataset, id: found.record.id, outcome });
    }
  }
  if (options.save !== undefined) await writeFileAtomic(join(options.save, 'predictions.jsonl'), lines.join(''));
  return reportOf(outcomes, { bootstrapSeed: options.bootstrapSeed ?? 0, failed });
}

interface DoneCase {
  readonly outcomes: readonly CaseOutcome[];
  readonly line: string;
}

async function answerCase(found: DatasetCase, options: EvaluateOptions): Promise<DoneCase> {
  const { record } = found;
  const { image, mask } = await loadCase(found);
  const question = record.question ?? canonicalQuestion(record);
  const answer = await options.answer({ image, question, target: record.target, signal: options.signal });
  if (options.save !== undefined) await saveMask(options.save, found, { image, answer });
  const outcomes = [scoreCase(found, mask, answer)];
  if (options.askWrongTargets) outcomes.push(...(await askWrongTarget(found, image, options)));
  const { presence, diagnosis, confidence, text } = answer;
  const prediction = { dataset: found.dataset, id: record.id, presence, diagnosis, confidence, text };
  return { outcomes, line: `${JSON.stringify(prediction)}\n` };
}

/** The first target of another kind of image; counts in its group of presence only. */
async function askWrongTarget(
  { record, dataset }: DatasetCase,
  image: MedicalImage,
  { answer, signal }: EvaluateOptions,
): Promise<CaseOutcome[]> {
  const [target] = wrongTargetsFor(record);
  if (target === undefined) return [];
  const question = canonicalQuestion({ ...record, target });
  const { presence, segCount } = await answer({ image, question, target, signal });
  const outcome = { group: 'absent-other-kind', answer: presence } as const;
  return [{ dataset, id: `${record.id} (${target})`, mask: null, diagnosis: null, presence: outcome, segCount }];
}

async function saveMask(
  folder: string,
  { dataset, record }: DatasetCase,
  { image, answer }: { image: MedicalImage; answer: CaseAnswer },
): Promise<void> {
  const { widthPx, heightPx, sha256 } = image;
  const bits = answer.maskBits ?? emptyMask({ widthPx, heightPx, frameId: sha256 });
  await mkdir(join(folder, dataset), { recursive: true });
  const png = await encodeMaskPng({ maskBits: maskToBytes(bits, 1), widthPx, heightPx });
  await writeFileAtomic(join(folder, dataset, `${record.id}.png`), png);
}

function failureOf({ dataset, record }: DatasetCase, error: unknown): EvaluationReport['failed'][number] {
  if (isSim4SegError(error)) {
    if (['ABORTED', 'DISK_FULL', 'WRITE_FAILED'].includes(error.code)) throw error;
    return { dataset, id: record.id, code: error.code, message: error.message };
  }
  return { dataset, id: record.id, code: 'INTERNAL', message: error instanceof Error ? error.message : String(error) };
}
