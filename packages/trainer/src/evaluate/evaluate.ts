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
import { openOutcomes } from './outcome-file.js';
import type { DoneCase } from './outcome-file.js';

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
  /** How many cases are asked about at once; 1 if left out. */
  readonly atOnce?: number;
  /** Keeps what each case gave in a file, and with `resume` goes on with what it holds. */
  readonly outcomes?: { readonly path: string; readonly identity: string; readonly resume: boolean } | undefined;
  /** Whether the model was trained on other cases of a set; all sets are counted together if left out. */
  readonly internal?: ((dataset: string) => boolean) | undefined;
  /** Times answers; they are not timed if left out. */
  readonly nowMs?: () => number;
  readonly onCase?: (done: {
    readonly dataset: string;
    readonly id: string;
    readonly outcome: CaseOutcome | null;
  }) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Answers every case through the given pipeline and scores those that hold a mask or a diagnosis. A case that cannot
 * be read or answered is listed and never stops the run; with `outcomes` and `resume` one that was answered before is not
 * asked again.
 * @throws FOLDER_EMPTY, ABORTED, WRITE_FAILED, USAGE (outcomes of another model)
 */
export async function evaluate(options: EvaluateOptions): Promise<EvaluationReport> {
  const failed: FailedCase[] = [];
  const file = options.outcomes ? openOutcomes(options.outcomes.path, options.outcomes) : null;
  let peakRss = 0;
  const ask = async (found: DatasetCase): Promise<DoneCase | FailedCase> => {
    const stored = file?.find(found.dataset, found.record.id);
    const done = stored ?? (await answerCase(found, options).catch((error: unknown) => failureOf(found, error)));
    if (!stored && !('code' in done)) file?.add(done);
    peakRss = Math.max(peakRss, process.memoryUsage.rss());
    const outcome = 'code' in done ? null : (done.outcomes[0] ?? null);
    options.onCase?.({ dataset: found.dataset, id: found.record.id, outcome });
    return done;
  };
  const answered: (DoneCase | FailedCase)[] = [];
  for (const dataset of await openDatasets(options.datasets)) {
    const onInvalid = (error: { code: string; message: string }): void =>
      void failed.push({ dataset: dataset.name, id: '', code: error.code, message: error.message });
    const cases = dataset.stream({ onInvalid, ...(options.split ? { split: options.split } : {}) });
    answered.push(...(await inTurn(cases, ask, options)));
  }
  const done = answered.filter((each): each is DoneCase => !('code' in each));
  failed.push(...answered.filter((each): each is FailedCase => 'code' in each));
  if (options.save !== undefined)
    await writeFileAtomic(join(options.save, 'predictions.jsonl'), done.map(({ line }) => line).join(''));
  return reportOf(
    done.flatMap(({ outcomes }) => outcomes),
    { bootstrapSeed: options.bootstrapSeed ?? 0, failed, internal: options.internal, peakRssMb: peakRss / BYTES_1_MB },
  );
}

const BYTES_1_MB = 1e6;

type FailedCase = EvaluationReport['failed'][number];

/** Asks about cases, several at once where wanted; answers keep the order of the cases. */
async function inTurn<T>(
  cases: AsyncIterable<DatasetCase>,
  ask: (found: DatasetCase) => Promise<T>,
  { atOnce = 1, most = Infinity, signal }: EvaluateOptions,
): Promise<T[]> {
  const answers: Promise<T>[] = [];
  const running = new Set<Promise<T>>();
  for await (const found of cases) {
    if (answers.length >= most) break;
    expectNotAborted(signal);
    const answer = ask(found).finally(() => running.delete(answer));
    // A failure is reported where all answers are waited for, or by the race.
    answer.catch(() => {});
    running.add(answer);
    answers.push(answer);
    if (running.size >= atOnce) await Promise.race(running);
  }
  return Promise.all(answers);
}

async function answerCase(found: DatasetCase, options: EvaluateOptions): Promise<DoneCase> {
  const { record } = found;
  const { image, mask } = await loadCase(found);
  const question = record.question ?? canonicalQuestion(record);
  const startMs = options.nowMs?.() ?? 0;
  const answer = await options.answer({ image, question, target: record.target, signal: options.signal });
  const timed = options.nowMs ? { timeMs: options.nowMs() - startMs } : {};
  if (options.save !== undefined) await saveMask(options.save, found, { image, answer });
  const outcomes: CaseOutcome[] = [{ ...scoreCase(found, mask, answer), ...timed }];
  if (options.askWrongTargets) outcomes.push(...(await askWrongTarget(found, image, options)));
  const { presence, diagnosis, confidence, text } = answer;
  const prediction = { dataset: found.dataset, id: record.id, presence, diagnosis, confidence, text };
  return { dataset: found.dataset, id: record.id, outcomes, line: `${JSON.stringify(prediction)}\n` };
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
