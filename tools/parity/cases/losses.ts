import { defineProgram, float32Value, int32Value } from '@sim4seg/compute';
import type { Program, Specs, Tensor, Tensors } from '@sim4seg/compute';
import type { ReferenceTensors, Tolerance } from '@sim4seg/testing';
import type { CaseRunner, Checker } from '../checker.js';
import type { Engine, Values } from '../engines.js';
import { lossesOf, toOriginal } from '../official-losses.js';
import type { LossSettings } from '../official-losses.js';
import { checkProgram, valueOf } from '../run-program.js';

interface Settings extends LossSettings {
  readonly img_size: number;
  readonly ignore_index: number;
  readonly tolerance: {
    readonly loss_rtol: number;
    readonly grad_rtol_of_max: number;
    readonly 'mid.pred_masks': Tolerance;
  };
}

const losses = ['loss', 'ce_loss', 'mask_bce_loss', 'mask_dice_loss', 'mask_loss'] as const;
const specsOf = (values: Values): Specs =>
  Object.fromEntries(Object.entries(values).map(([name, { shape, dtype }]) => [name, { dims: shape, dtype }]));
const pick = (values: Values, names: RegExp): Values =>
  Object.fromEntries(Object.entries(values).filter(([name]) => names.test(name)));

/** `predicted` by image: from low-resolution logits where those are given, else the full-size logits themselves. */
function predictedOf(x: Tensors, { subcases, img_size: side }: Settings): Record<string, Tensor> {
  const entries = Object.entries(subcases).map(([name, sizes]) => {
    const lowRes = x[`low_res${name}`];
    return [name, lowRes ? toOriginal(lowRes, sizes, side) : (x[`pred_masks${name}`] as Tensor)] as const;
  });
  return Object.fromEntries(entries);
}

function valuesOf(io: ReferenceTensors, settings: Settings): Values {
  const labels = io.ints('in.labels');
  const [batch = 1, length = 1] = labels.shape;
  const dims = [batch, length - 1];
  const next = Array.from({ length: batch }, (_, row) => [
    ...labels.data.subarray(row * length + 1, (row + 1) * length),
  ]);
  const perImage = Object.keys(settings.subcases).flatMap((name) => {
    const truth = io.floats(`${name}/in.gt`);
    const masks = [...valueOf(io, `${name}/mid.pred_masks`).shape];
    return [
      [`low_res${name}`, valueOf(io, `${name}/in.low_res`)],
      [`pred_masks${name}`, valueOf(io, `${name}/mid.pred_masks`)],
      [`gt${name}`, float32Value(truth.data, masks)],
    ] as const;
  });
  return {
    text_logits: valueOf(io, 'in.text_logits'),
    labels: int32Value(
      Int32Array.from(next.flat(), (label) => Math.max(0, label)),
      dims,
    ),
    counted: float32Value(
      Float32Array.from(next.flat(), (label) => Number(label !== settings.ignore_index)),
      dims,
    ),
    ...Object.fromEntries(perImage),
  };
}

function forwardProgram(inputs: Values, settings: Settings): Program {
  const images = Object.keys(settings.subcases);
  const scalars = [...losses, ...images.flatMap((name) => [`bce${name}`, `dice${name}`])].map((name) => [name, []]);
  const masks = Object.entries(settings.subcases).map(([name, { num_masks: count, original_size: size }]) => [
    `predicted${name}`,
    [count, ...size],
  ]);
  return defineProgram({
    name: 'official losses',
    inputs: specsOf(inputs),
    outputs: Object.fromEntries([...scalars, ...masks]) as Record<string, number[]>,
    run(_, x) {
      const predicted = predictedOf(x, settings);
      const shown = Object.entries(predicted).map(([name, tensor]) => [`predicted${name}`, tensor] as const);
      return { ...lossesOf(x, predicted, settings), ...Object.fromEntries(shown) };
    },
  });
}

/** Gradients of the loss by these values: with a first beta of 0 the first moment after one step is the gradient. */
async function gradientsOf(engine: Engine, params: Values, inputs: Values, settings: Settings): Promise<Values> {
  const step = await engine.trainStep({
    name: 'gradients of the official losses',
    params: specsOf(params),
    inputs: specsOf(inputs),
    loss: (p, x) => {
      const all = { ...x, ...p };
      return { loss: lossesOf(all, predictedOf(all, settings), settings)['loss'] as Tensor };
    },
    trainable: () => true,
    optimizer: { kind: 'adamw', beta1: 0, beta2: 0, eps: 1, weightDecay: 0 },
    clip: Infinity,
  });
  step.init(params);
  await step.step(inputs, { lr: 0, step: 1 });
  const moments = Object.entries(step.state()).filter(([name]) => name.startsWith('m/'));
  const copies = moments.map(([name, value]) => [name.slice(2), { ...value, data: value.data.slice() }] as const);
  await step.release();
  return Object.fromEntries(copies);
}

/** A gradient, its name in the case, and the share of its largest entry that may differ. */
interface Gradient {
  readonly name: string;
  readonly value: Values[string] | undefined;
  readonly share: number;
}

function checkGradient(check: Checker, io: ReferenceTensors, engine: string, { name, value, share }: Gradient): void {
  const largest = io.floats(name).data.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
  check.close(name, { data: value?.data ?? [], engine }, { atol: share * largest, rtol: 0 });
}

export const run: CaseRunner = async ({ io, config }, check, engines) => {
  const settings = config as unknown as Settings;
  const { loss_rtol: rtol, grad_rtol_of_max: share, ['mid.pred_masks']: masksTolerance } = settings.tolerance;
  const values = valuesOf(io, settings);
  const images = Object.keys(settings.subcases);
  const fromLowRes = pick(values, /^(low_res|gt|text_logits|labels|counted)/);
  const program = forwardProgram(fromLowRes, settings);
  const outs = Object.fromEntries(losses.map((name) => [name, `out.${name}`]));
  const plain = images.flatMap((i) => ['bce', 'dice'].map((kind) => [`${kind}${i}`, `${i}/mid.${kind}`] as const));
  const job = { program, params: {}, inputs: fromLowRes };
  await checkProgram(
    { check, engines },
    job,
    { ...outs, ...Object.fromEntries(plain) },
    { tolerance: { atol: 0, rtol } },
  );
  const masks = Object.fromEntries(images.map((name) => [`predicted${name}`, `${name}/mid.pred_masks`]));
  await checkProgram({ check, engines }, job, masks, { tolerance: masksTolerance, adapt: ({ data }) => ({ data }) });
  const targets = pick(values, /^(gt|labels|counted)/);
  const lowRes = pick(values, /^(low_res|text_logits)/);
  const predicted = pick(values, /^pred_masks/);
  for (const engine of engines) {
    const byLowRes = await gradientsOf(engine, lowRes, targets, settings);
    const withText = { ...targets, ...pick(values, /^text_logits/) };
    const byMasks = await gradientsOf(engine, predicted, withText, settings);
    const gradients: Record<string, Values[string] | undefined> = { 'grad.text_logits': byLowRes['text_logits'] };
    for (const name of images) {
      gradients[`${name}/grad.low_res`] = byLowRes[`low_res${name}`];
      gradients[`${name}/grad.pred_masks`] = byMasks[`pred_masks${name}`];
    }
    for (const [name, value] of Object.entries(gradients))
      checkGradient(check, io, engine.name, { name, value, share });
  }
};
