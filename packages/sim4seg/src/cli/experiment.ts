import { join, resolve } from 'node:path';
import { Sim4SegError, applySets, parseConfig } from '@sim4seg/core';
import { cotArms, evaluate, gridArms, runExperiment, summarise, writeExperimentReport } from '@sim4seg/trainer';
import type { ExperimentArm, ExperimentPorts } from '@sim4seg/trainer';
import { RESEARCH_NOTICE } from '../notice.js';
import { caseAnswerer } from '../sdk/case-answerer.js';
import { createSim4Seg } from '../sdk/create-sim4seg.js';
import { expectSomeAnswer } from './eval.js';
import { interruptSignal } from './interrupt.js';
import { chooseConfig, wholeNumber } from './options.js';
import { runTraining } from './train.js';

export interface ExperimentOptions {
  readonly config: string;
  readonly cases: readonly string[];
  readonly out: string;
  readonly split?: string;
  readonly most?: string;
  readonly seeds: string;
  readonly grids?: string;
  readonly topN?: string;
  readonly trainedTopN?: string;
  readonly set: readonly string[];
  readonly debug?: boolean;
}

/** `sim4seg experiment grid`: cells a side and number of chosen cells. */
export async function gridCommand(options: ExperimentOptions): Promise<void> {
  const arms = gridArms({
    grids: numbers('--grids', options.grids ?? '8,16,32,64'),
    topNs: numbers('--top-n', options.topN ?? '12,24,36,48'),
    trainedTopN: wholeNumber('--trained-top-n', options.trainedTopN ?? '36'),
  });
  const about =
    'Each grid is trained once a seed; the number of chosen cells changes when the trained model is asked. All arms have the same budget.';
  await compareArms(options, arms, { title: 'Cells of the region prior', about, xTitle: 'chosen cells' });
}

/** `sim4seg experiment cot`: what is said beside the mask, in which order, with and without region prior. */
export async function cotCommand(options: ExperimentOptions): Promise<void> {
  const { tree } = await chooseConfig(options);
  const side: unknown = tree.regionPrior?.['tokenSide'];
  const arms = cotArms({ tokenSide: typeof side === 'number' ? side : null });
  const about =
    'Each arm is trained by itself with the same budget. Without prior means trained without it. Accuracy of "mask alone" has no meaning, as nothing is named.';
  await compareArms(options, arms, { title: 'What is said, and when', about, xTitle: 'answer' });
}

async function compareArms(
  options: ExperimentOptions,
  arms: readonly ExperimentArm[],
  { title, about, xTitle }: { title: string; about: string; xTitle: string },
): Promise<void> {
  const seeds = numbers('--seeds', options.seeds);
  const signal = interruptSignal();
  const { tree } = await chooseConfig(options);
  const results = await runExperiment({
    ...{ arms, seeds, out: options.out, signal },
    ports: portsOf(options, signal),
    onArm: ({ arm, seed, gIoU }) => process.stdout.write(`${arm}, seed ${seed}: gIoU ${gIoU?.toFixed(1) ?? '-'}\n`),
  });
  const asked = `Asked free-running: ${options.cases.join(', ')}${options.split ? ` (${options.split})` : ''}.`;
  const conclusion = await writeExperimentReport(join(options.out, 'report'), summarise(arms, results), {
    ...{ title, xTitle },
    about: [about, `${asked} Budget of a run: ${budgetOf(tree)}. Seeds: ${seeds.join(', ')}.`],
  });
  process.stdout.write(`${conclusion}\nreport in ${join(options.out, 'report')}\n${RESEARCH_NOTICE}\n`);
}

function budgetOf({ training }: { readonly training?: unknown }): string {
  const { phases = [] } = (training ?? {}) as {
    phases?: readonly { name?: string; steps?: number; images?: number }[];
  };
  return phases.map(({ name, steps, images }) => `${name} ${steps} steps of ${images} images`).join(', ');
}

function portsOf(options: ExperimentOptions, signal: AbortSignal): ExperimentPorts {
  return {
    train: async ({ sets, seed, out }) => {
      const set = [...options.set, ...sets, `seed=${seed}`];
      const code = await runTraining({ config: options.config, out, resume: true, set, quiet: true });
      if (code === 0) return join(out, 'bundle');
      throw new Sim4SegError(signal.aborted ? 'ABORTED' : 'USAGE', {
        must: 'Every run of the experiment must end',
        got: `${out} ended with ${code}; its message stands above`,
        fix: 'Correct the cause and start the experiment again: what is done stays',
      });
    },
    ask: async ({ bundle, sets, seed }) => {
      const { tree, folder } = await chooseConfig({ config: options.config });
      const plugins = tree.plugins ? { plugins: tree.plugins } : {};
      const asked = applySets(parseConfig({ ...plugins, bundle: resolve(bundle), seed }), sets);
      await using model = await createSim4Seg(asked, { folder });
      const report = await evaluate({
        answer: caseAnswerer(model),
        datasets: options.cases,
        split: options.split,
        most: options.most === undefined ? undefined : wholeNumber('--most', options.most),
        signal,
      });
      expectSomeAnswer(report.micro.n + report.failed.length, report.failed);
      return report;
    },
  };
}

function numbers(option: string, text: string): number[] {
  return text.split(',').map((each) => wholeNumber(option, each.trim()));
}
