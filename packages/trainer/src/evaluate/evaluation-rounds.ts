import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import type { TensorValue } from '@sim4seg/compute';
import type { EvaluationConfig } from '../config/training-schema.js';
import { guardedWrite } from '../run/guarded-write.js';
import type { RunFolder } from '../run/run-folder.js';
import type { TrainingObserver } from '../run/training-event.js';
import type { CaseAnswer } from './case-outcome.js';
import { evaluate } from './evaluate.js';
import type { CaseQuestion } from './evaluate.js';
import type { Judgement } from './judgement.js';
import { createSamplePictures } from './sample-pictures.js';

type Params = Readonly<Record<string, TensorValue>>;

/** The product's pipeline on a bundle. */
export interface OpenProduct {
  readonly answer: (question: CaseQuestion) => Promise<CaseAnswer>;
  close(): Promise<void>;
}

/** Opens the product on a bundle folder. */
export type ProductOpener = (bundle: string) => Promise<OpenProduct>;

/** Where an evaluation stands in the run. */
export interface EvaluationPlace {
  readonly phase: { readonly name: string; readonly index: number };
  readonly total: number;
}

/** Evaluations of a run, with what they decide. */
export interface EvaluationRounds {
  readonly every: number;
  /** Exports the weights, asks the product, and keeps the bundle if it is the best so far. */
  judge(place: EvaluationPlace, params: Params): Promise<void>;
  /** Whether the phase has had its patience of evaluations without a better one. */
  isExhausted(phase: string): boolean;
}

export interface EvaluationRoundsOptions {
  readonly config: EvaluationConfig;
  readonly folder: RunFolder;
  /** Evaluations of later steps are made again and dropped. */
  readonly resumedAt: number;
  readonly exportTo: (folder: string, params: Params) => Promise<void>;
  readonly openProduct: ProductOpener;
  readonly teacherForced: (phase: number, params: Params) => Promise<Record<string, number>>;
  readonly observe: TrainingObserver;
  readonly signal?: AbortSignal | undefined;
}

/** One line of `evaluations.jsonl`. */
interface EvaluationLine extends Judgement {
  readonly schemaVersion: 1;
  readonly total: number;
  readonly phase: string;
}

/** Everything is kept in `evaluations.jsonl`, so that a resumed run knows what was best and how long ago. */
export function createEvaluationRounds(options: EvaluationRoundsOptions): EvaluationRounds {
  const { config, folder, resumedAt, observe } = options;
  const path = folder.evaluations;
  const lines = readLines(path).filter(({ total }) => total <= resumedAt);
  guardedWrite(path, () => writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join('')));
  const valueOf = ({ freeRunning }: Pick<Judgement, 'freeRunning'>): number => freeRunning[config.monitor] ?? -Infinity;
  return {
    every: config.every,
    isExhausted: (phase) => isExhausted(lines, phase, config.patience ?? Infinity),
    judge: async ({ phase, total }, params) => {
      const staged = `${folder.best}.new`;
      await rm(staged, { recursive: true, force: true });
      await options.exportTo(staged, params);
      const freeRunning = await askProduct(staged, total, options);
      const teacherForced = await options.teacherForced(phase.index, params);
      const best = lines.every((line) => valueOf({ freeRunning }) > valueOf(line));
      await (best ? replaceFolder(staged, folder.best) : rm(staged, { recursive: true }));
      await (best ? rename(stagedOutcomes(folder), folder.outcomes) : rm(stagedOutcomes(folder)));
      const line: EvaluationLine = { schemaVersion: 1, total, phase: phase.name, freeRunning, teacherForced, best };
      lines.push(line);
      guardedWrite(path, () => appendFileSync(path, `${JSON.stringify(line)}\n`));
      observe({ type: 'evaluation', total, phase: phase.name, judged: { freeRunning, teacherForced, best } });
    },
  };
}

async function askProduct(
  bundle: string,
  total: number,
  { config, folder, openProduct, signal }: EvaluationRoundsOptions,
): Promise<Judgement['freeRunning']> {
  const product = await openProduct(bundle);
  const pictures = createSamplePictures(config.pictures);
  try {
    const { macro } = await evaluate({
      answer: pictures.watch(product.answer),
      datasets: config.cases,
      split: config.split,
      most: config.most,
      outcomes: { path: stagedOutcomes(folder), identity: `step ${total}`, resume: false },
      signal,
    });
    await pictures.write(folder.samples, total);
    const { gIoU, dice, accuracy, presence, segRate } = macro;
    return { gIoU, dice, accuracy, presence, segRate };
  } finally {
    await product.close();
  }
}

const stagedOutcomes = ({ outcomes }: RunFolder): string => `${outcomes}.new`;

function isExhausted(lines: readonly EvaluationLine[], phase: string, patience: number): boolean {
  const own = lines.filter((line) => line.phase === phase);
  const lastBest = own.findLastIndex(({ best }) => best);
  return own.length - 1 - lastBest >= patience;
}

/** The folder of that name is always a whole one, or for a moment none. */
async function replaceFolder(from: string, to: string): Promise<void> {
  await rm(`${to}.old`, { recursive: true, force: true });
  if (existsSync(to)) await rename(to, `${to}.old`);
  await rename(from, to);
  await rm(`${to}.old`, { recursive: true, force: true });
}

function readLines(path: string): EvaluationLine[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return line === '' ? [] : [JSON.parse(line) as EvaluationLine];
      } catch {
        return [];
      }
    });
}
