import { llavaProgram } from '@sim4seg/backbones';
import { float32Value, int32Value, ops } from '@sim4seg/compute';
import type { StepNumbers, Tensor, Tensors, TrainStep } from '@sim4seg/compute';
import type { Values } from '../engines.js';
import { lossesOf } from '../official-losses.js';
import type { LossSettings } from '../official-losses.js';
import { batchOf, nextLabels, textInputs } from './batch.js';
import type { WholeBatch } from './batch.js';
import { answer, encodeImages, gatherFirst, maskValue, rowsOfImage } from './forward.js';
import type { Encoded, WholeCase } from './forward.js';
import { maskHead } from './mask-head.js';
import { isTrained } from './model.js';
import type { TrainingRun, WholeConfig } from './settings.js';

/** Everything that stays the same from step to step. */
export interface TrainingInputs {
  readonly encoded: Encoded;
  readonly batch: WholeBatch;
  readonly fixed: Values;
  readonly losses: LossSettings;
}

export async function trainingInputs(whole: WholeCase): Promise<TrainingInputs> {
  const { io, config } = whole;
  const encoded = await encodeImages(whole);
  const batch = batchOf(io, config);
  const flat = batch.segRows.map((place, row) => row * batch.plan.length + place);
  const images = config.items!.map((_, image) => {
    const truth = io.floats(`${image}/in.gt_masks`);
    return [
      [`embedding${image}`, gatherFirst(encoded.embeddings, [image])],
      [`gt${image}`, float32Value(truth.data, truth.shape)],
      [
        `seg${image}`,
        int32Value(
          Int32Array.from(rowsOfImage(batch, image), (row) => flat[row]!),
          [rowsOfImage(batch, image).length],
        ),
      ],
    ] as const;
  });
  const text = textInputs(batch, encoded.imageRows);
  const fixed: Values = { ...text, ...nextLabels(batch), ...Object.fromEntries(images.flat()) };
  return { encoded, batch, fixed, losses: lossSettings(config, batch) };
}

function lossSettings({ items, loss }: WholeConfig, batch: WholeBatch): LossSettings {
  const images = items!.map(({ image_hw, resized_hw }, image) => {
    const sizes = { num_masks: rowsOfImage(batch, image).length, original_size: image_hw, input_size: resized_hw };
    return [String(image), sizes] as const;
  });
  return {
    ce_loss_weight: loss.ce,
    bce_loss_weight: loss.bce,
    dice_loss_weight: loss.dice,
    subcases: Object.fromEntries(images),
  };
}

/** Mask prompts of the present parameters: hard selections, so that no gradient flows through them. */
export async function withMasks(whole: WholeCase, inputs: TrainingInputs, params: Values): Promise<Values> {
  const { batch, encoded, fixed } = inputs;
  const { priors } = await answer(whole, encoded, { batch, params });
  const masks = whole.config.items!.map((_, image) => {
    return [`mask${image}`, maskValue([priors[image]!], whole.config)] as const;
  });
  return { ...fixed, ...Object.fromEntries(masks) };
}

export interface StepForm {
  readonly rank: 3 | 4;
  readonly run: TrainingRun;
}

/** The whole model's training step. @source LISA.py model_forward; train_sim4seg.py */
export async function openStep(
  { model, engine }: WholeCase,
  first: Values,
  { rank, run, losses }: StepForm & { readonly losses: LossSettings },
): Promise<TrainStep> {
  const program = llavaProgram(model.form);
  const loss = (p: Tensors, x: Tensors) => {
    const { logits, projected } = program.run(p, x) as Record<'logits' | 'projected', Tensor>;
    const rows = ops.reshape(projected, [-1, model.form.projectedDim]);
    const masks = Object.entries(losses.subcases).map(([name, image]) => {
      const input = {
        embedding: x[`embedding${name}`]!,
        seg: ops.gatherRows(rows, x[`seg${name}`]!),
        mask: x[`mask${name}`]!,
      };
      return [name, maskHead(p, input, { sam: model.sam, image, rank }).predMasks] as const;
    });
    const all = lossesOf({ ...x, text_logits: logits }, Object.fromEntries(masks), losses);
    return { loss: all['loss']!, ce: all['ce_loss']!, bce: all['mask_bce_loss']!, dice: all['mask_dice_loss']! };
  };
  const step = await engine.trainStep({
    name: `whole with masks of rank ${rank}`,
    params: model.trained,
    inputs: Object.fromEntries(Object.entries(first).map(([name, { shape, dtype }]) => [name, { dims: shape, dtype }])),
    loss,
    trainable: isTrained,
    weightDecay: () => true,
    optimizer: { kind: 'adamw', beta1: run.betas[0], beta2: run.betas[1], eps: run.eps, weightDecay: run.weight_decay },
    clip: run.grad_clip,
    allowUnused: true,
  });
  step.init(model.params.trained);
  return step;
}

/** Loss, its terms and the norm, as the case lists them. */
export const lossRow = ({ loss, ce, bce, dice }: StepNumbers): number[] => [loss, ce ?? NaN, bce ?? NaN, dice ?? NaN];

/** Copies of first moments. */
export function momentsOf(step: TrainStep): Values {
  const entries = Object.entries(step.state()).filter(([name]) => name.startsWith('m/'));
  return Object.fromEntries(entries.map(([name, value]) => [name.slice(2), { ...value, data: value.data.slice() }]));
}
