import { Sim4SegError } from '@sim4seg/core';
import { writeFileAtomic } from '@sim4seg/compute/node';
import { evaluate } from '@sim4seg/trainer';
import type { EvaluateOptions } from '@sim4seg/trainer';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { makeFolder } from '../output/write-answer.js';
import { createSim4Seg } from '../sdk/create-sim4seg.js';
import type { Sim4Seg } from '../sdk/create-sim4seg.js';
import { caseAnswerer } from '../sdk/case-answerer.js';
import { reportTable } from './eval-table.js';
import { interruptSignal } from './interrupt.js';
import { chooseConfig, wholeNumber } from './options.js';
import type { ModelOptions } from './options.js';
import { printAnnouncement } from './print-announcement.js';

interface EvalOptions extends ModelOptions {
  readonly cases: readonly string[];
  readonly split?: string;
  readonly json?: string;
  readonly save?: string;
  readonly otherTargets?: boolean;
  readonly atOnce?: string;
  readonly resume?: boolean;
}

/** `sim4seg eval`. @throws what opening and reading throw; CASES_INVALID when no case could be answered */
export async function evalCommand(options: EvalOptions): Promise<void> {
  const config = await chooseConfig(options);
  await using model = await createSim4Seg(config.tree, { folder: config.folder, onAnnounce: printAnnouncement });
  let done = 0;
  const report = await evaluate({
    answer: caseAnswerer(model),
    datasets: options.cases,
    split: options.split,
    save: options.save,
    askWrongTargets: options.otherTargets ?? false,
    atOnce: options.atOnce === undefined ? 1 : Math.max(1, wholeNumber('--at-once', options.atOnce)),
    outcomes: outcomesOf(options, model),
    internal: trainedOn(model.bundle.trainedOn),
    nowMs: () => performance.now(),
    signal: interruptSignal(),
    onCase: () => showProgress(++done),
  });
  if (process.stderr.isTTY) process.stderr.write('\n');
  for (const { dataset, id, code, message } of report.failed)
    process.stderr.write(`${dataset}/${id}: ${code}: ${message}\n`);
  if (options.json !== undefined) {
    await makeFolder(dirname(options.json));
    await writeFileAtomic(options.json, `${JSON.stringify(report, null, 2)}\n`);
  }
  expectSomeAnswer(done, report.failed);
  process.stdout.write(reportTable(report));
}

/** Beside the predictions, so that a run that broke off goes on and two runs can be compared. @throws USAGE */
function outcomesOf({ save, resume = false, ...options }: EvalOptions, model: Sim4Seg): EvaluateOptions['outcomes'] {
  if (save !== undefined) {
    const asked = { config: model.config, split: options.split ?? null, otherTargets: options.otherTargets ?? false };
    const identity = createHash('sha256')
      .update(JSON.stringify([model.bundle.sha256, asked]))
      .digest('hex');
    return { path: join(save, 'outcomes.jsonl'), identity, resume };
  }
  if (!resume) return undefined;
  throw new Sim4SegError('USAGE', {
    must: '--resume goes on with what --save has kept',
    got: 'no --save',
    fix: 'Add --save with the folder of the evaluation that broke off',
  });
}

/** Sets that the bundle was trained on, phantoms under either of their names; unknown for bundles that do not say. */
function trainedOn(sets: readonly string[]): EvaluateOptions['internal'] {
  if (sets.length === 0) return undefined;
  return (name) => sets.includes(name) || sets.includes(`phantoms-${name}`);
}

function showProgress(done: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${done} cases`);
  else if (done % 100 === 0) process.stderr.write(`${done} cases\n`);
}

/** @throws the code of the first failure where nothing was answered */
export function expectSomeAnswer(done: number, failed: readonly { code: string; message: string }[]): void {
  const [first] = failed;
  if (done > failed.length || (!first && done > 0)) return;
  throw new Sim4SegError(first?.code === 'PATH_OUTSIDE' ? 'PATH_OUTSIDE' : 'CASES_INVALID', {
    must: 'At least one case must be answered',
    got: first ? first.message : 'no case of this split',
    fix: 'correct the cases, or choose another split',
  });
}
