import { float32Value, int32Value } from '@sim4seg/compute';
import type { Dim, Specs, TensorSpec, TensorValue } from '@sim4seg/compute';
import type { PhaseConfig } from '../config/training-schema.js';
import type { Batch } from '../samples/batch.js';
import { ENCODED_PREFIX } from './feature-cache.js';
import type { ModelSizes } from './model-sizes.js';
import type { Parts } from './parts.js';

/** Declared inputs of a phase's step: the batch, and what the LVLM prepares of its texts. */
export function stepInputs(
  parts: Parts,
  phase: PhaseConfig,
  { sizes, length }: { sizes: ModelSizes; length: number },
): Specs {
  const { images, conversations } = phase;
  const { sidePx, gridSide } = sizes;
  const int32 = (...dims: Dim[]): TensorSpec => ({ dtype: 'int32', dims });
  const float32 = (...dims: Dim[]): TensorSpec => ({ dtype: 'float32', dims });
  const needsTargets = conversations === 0 || phase.prompt !== 'none' || phase.losses.distill > 0;
  return {
    ...(phase.cachedFeatures ? encodedInputs(parts, images) : { image: float32(images, 3, sidePx, sidePx) }),
    maskTarget: float32(images, 1, sidePx, sidePx),
    present: float32(images),
    ...(needsTargets ? { targetIds: int32(images) } : {}),
    ...(phase.losses.diagnosis > 0
      ? { diagnosisIds: int32(images), diagnosisWeights: float32(images), poolWeights: float32(images, gridSide ** 2) }
      : {}),
    ...(phase.prompt === 'none' ? {} : { contentMask: float32(images, gridSide ** 2) }),
    ...(conversations > 0 ? textInputs(parts, { images, conversations, length }) : {}),
  };
}

/** Outputs of the image encoder, which then stands outside the step. */
function encodedInputs({ imageEncoder }: Parts, images: number): Specs {
  const outputs = Object.entries(imageEncoder.trainable.program.outputs);
  return Object.fromEntries(
    outputs.map(([name, { dims }]) => [`${ENCODED_PREFIX}${name}`, { dims: [images, ...dims.slice(1)] }]),
  );
}

function textInputs(
  { lvlm }: Parts,
  { images, conversations, length }: { images: number; conversations: number; length: number },
): Specs {
  const { features: _features, ...own } = lvlm.trainable.program.inputs;
  return {
    ...own,
    labels: { dtype: 'int32', dims: [images * length] },
    labelWeights: { dims: [images * length] },
    segPresent: { dims: [images * conversations] },
  };
}

/** The values of {@link stepInputs} for one batch. */
export function inputValues(
  parts: Parts,
  batch: Batch,
  {
    declared,
    length,
    conversations,
    encoded = {},
  }: {
    declared: Specs;
    length: number;
    conversations: number;
    encoded?: Readonly<Record<string, TensorValue>> | undefined;
  },
): Record<string, TensorValue> {
  const { images, sidePx } = batch;
  const tokens = batch.contentMask.length / images;
  const all: Record<string, TensorValue> = {
    ...encoded,
    image: float32Value(batch.image, [images, 3, sidePx, sidePx]),
    maskTarget: float32Value(batch.maskTarget, [images, 1, sidePx, sidePx]),
    present: float32Value(batch.present, [images]),
    targetIds: int32Value(batch.targetIds, [images]),
    diagnosisIds: int32Value(batch.diagnosisIds, [images]),
    diagnosisWeights: float32Value(batch.diagnosisWeights, [images]),
    poolWeights: float32Value(poolWeights(batch.contentMask, tokens), [images, tokens]),
    contentMask: float32Value(batch.contentMask, [images, tokens]),
    ...(conversations > 0 ? textValues(parts, batch, { images, conversations, length }) : {}),
  };
  return Object.fromEntries(Object.keys(declared).map((name) => [name, all[name] as TensorValue]));
}

function textValues(
  { lvlm }: Parts,
  batch: Batch,
  dims: { images: number; conversations: number; length: number },
): Record<string, TensorValue> {
  const { inputs, labels, weights, segPresent } = lvlm.trainable.prepare(batch.conversations, dims);
  return { ...inputs, labels, labelWeights: weights, segPresent };
}

/** Weights that average over the cells of the content, row by row. */
function poolWeights(contentMask: Float32Array, tokens: number): Float32Array {
  const out = new Float32Array(contentMask.length);
  for (let row = 0; row < contentMask.length; row += tokens) {
    const mask = contentMask.subarray(row, row + tokens);
    const count = mask.reduce((sum, value) => sum + value, 0);
    for (let i = 0; i < tokens; i++) out[row + i] = (mask[i] as number) / Math.max(1, count);
  }
  return out;
}
