import { toFloat32 } from '@sim4seg/compute';
import type { TensorValue, TrainStep } from '@sim4seg/compute';
import type { Tolerance } from '@sim4seg/testing';
import type { Values } from '../engines.js';
import type { WholeCase, WholeFileNames } from './forward.js';
import { isTrained, largestOf, stateDictName } from './model.js';
import type { TrainingRun, WholeFile } from './settings.js';
import { lossRow, momentsOf, openStep, trainingInputs, withMasks } from './train.js';
import type { TrainingInputs } from './train.js';

const GRADIENT_SHARE = 1e-3;
const MOVED_ATOL = 2e-5;
const ZERO_GRADIENT_ATOL = 1e-6;

/** Losses, gradients and training runs of one io file. */
export async function checkTraining(whole: WholeCase, names: WholeFileNames, file: WholeFile): Promise<void> {
  const inputs = await trainingInputs(whole);
  await checkGradients(whole, { inputs, names, file });
  for (const [name, run] of Object.entries(file.train)) await checkRun(whole, { inputs, names, file, name, run });
}

interface TrainingCheck {
  readonly inputs: TrainingInputs;
  readonly names: WholeFileNames;
  readonly file: WholeFile;
}

const lossTolerance = ({ config }: WholeCase, key: string): Tolerance => ({
  atol: 0,
  rtol: config.tolerance[key] as number,
});

/** With betas of 0 and without clipping, the first moment after one step is the gradient. */
async function checkGradients(whole: WholeCase, { inputs, names, file }: TrainingCheck): Promise<void> {
  const { model, check, engine, config } = whole;
  const first = await withMasks(whole, inputs, model.params.trained);
  const run = { betas: [0, 0], eps: 1, weight_decay: 0, grad_clip: Infinity } as const;
  const step = await openStep(whole, first, { rank: names.rank, run, losses: inputs.losses });
  const numbers = await step.step(first, { lr: 0, step: 1 });
  const rtol = lossTolerance(whole, 'loss_rtol');
  const [loss, ce, bce, dice] = lossRow(numbers) as [number, number, number, number];
  const stored = { loss, ce_loss: ce, mask_bce_loss: bce, mask_dice_loss: dice, mask_loss: bce + dice };
  const known = Object.entries(stored).filter(([name]) => whole.io.has(`${names.prefix}out.${name}`));
  for (const [name, value] of known)
    check.close(`${names.prefix}out.${name}`, { data: [value], engine: engine.name }, rtol);
  const norm = { data: [numbers.gradNorm], engine: engine.name };
  check.close(`${names.prefix}out.grad_norm`, norm, lossTolerance(whole, 'train_loss_rtol'));
  const { no_gradient: none = [] } = config;
  for (const [name, value] of Object.entries(momentsOf(step))) {
    const key = stateDictName(name, model.trained);
    if (!none.includes(key)) checkGradient(whole, key, value, { names, file });
  }
  await step.release();
}

/** Against the file's own gradient, or that of the first file where it leaves one out. */
function checkGradient(
  { io, check, engine }: WholeCase,
  key: string,
  { data }: TensorValue,
  { names, file }: Pick<TrainingCheck, 'names' | 'file'>,
): void {
  const stored = [`${names.prefix}grad.${key}`, `grad.${key}`].find((name) => io.has(name));
  if (stored === undefined) return;
  const isNoise = file.rounding_noise_gradient.includes(key);
  const largest = isNoise ? 1 : largestOf(io.take(stored));
  const computed = { data, engine: engine.name };
  check.close(stored, computed, { atol: GRADIENT_SHARE * largest, rtol: 0 });
}

interface RunCheck extends TrainingCheck {
  readonly name: string;
  readonly run: TrainingRun;
}

async function checkRun(whole: WholeCase, { inputs, names, file, name, run }: RunCheck): Promise<void> {
  const { io, model, check, engine } = whole;
  const at = `${names.prefix}${name}/`;
  const rates = io.take(io.has(`${at}in.lrs`) ? `${at}in.lrs` : `${name}/in.lrs`).data as Float64Array;
  const first = await withMasks(whole, inputs, model.params.trained);
  const step = await openStep(whole, first, { rank: names.rank, run, losses: inputs.losses });
  const [losses, norms]: [number[], number[]] = [[], []];
  for (const [i, lr] of [...rates].entries()) {
    const numbers = await step.step(await withMasks(whole, inputs, step.params()), { lr, step: i + 1 });
    losses.push(...lossRow(numbers));
    norms.push(numbers.gradNorm);
  }
  checkAfter(whole, step.params(), { at, file, run, rates });
  losses.push(...(await lossAfter(whole, inputs, step)));
  const tolerance = lossTolerance(whole, 'train_loss_rtol');
  check.close(`${at}out.losses`, { data: losses, engine: engine.name }, tolerance);
  check.close(`${at}out.grad_norms`, { data: norms, engine: engine.name }, tolerance);
  await step.release();
}

/** A step at rate 0 says the losses of the last parameters. */
async function lossAfter(whole: WholeCase, inputs: TrainingInputs, step: TrainStep): Promise<number[]> {
  return lossRow(await step.step(await withMasks(whole, inputs, step.params()), { lr: 0, step: 1 }));
}

interface AfterCheck {
  readonly at: string;
  readonly file: WholeFile;
  readonly run: TrainingRun;
  readonly rates: Float64Array;
}

/**
 * Parameters after the last step. Where a gradient is small against the largest of its tensor the update is noise, and
 * the reference stands for the value; without a gradient nothing may have moved.
 */
function checkAfter(whole: WholeCase, params: Values, { at, file, run, rates }: AfterCheck): void {
  const { io, model, check, engine, config } = whole;
  for (const name of Object.keys(params).filter(isTrained)) {
    const key = stateDictName(name, model.trained);
    const stored = `${at}after.${key}`;
    if (!io.has(stored)) continue;
    const { data, shape } = params[name]!;
    const computed = (values: ArrayLike<number>) => ({ data: values, shape, engine: engine.name });
    const before = model.params.trained[name]!.data;
    if (config.no_gradient?.includes(key)) check.exact(stored, computed(data));
    else if (file.zero_gradient.includes(key)) {
      const kept = rates.reduce((factor, lr) => factor * (1 - lr * run.weight_decay), 1);
      check.close(stored, computed(data), { atol: ZERO_GRADIENT_ATOL, rtol: 0 });
      check.close(stored, computed(Float32Array.from(before, (value) => value * kept)), {
        atol: ZERO_GRADIENT_ATOL,
        rtol: 0,
      });
    } else {
      const isNoise = file.rounding_noise_gradient.includes(key);
      const moved = isNoise ? () => false : isMoved(whole, key);
      const reference = io.floats(stored).data;
      const merged = reference.map((value, i) => (moved(i) ? data[i]! : value));
      check.close(stored, computed(merged), { atol: MOVED_ATOL, rtol: 0 });
    }
  }
}

/** Which entries of a parameter have a gradient that is more than noise. */
function isMoved({ io }: WholeCase, key: string): (i: number) => boolean {
  const gradient = io.take(`grad.${key}`);
  const values = toFloat32(gradient);
  const least = GRADIENT_SHARE * largestOf(gradient);
  return (i) => Math.abs(values[i]!) > least;
}
