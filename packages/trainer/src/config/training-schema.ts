import { z } from 'zod';

function isPattern(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
}

const share = z.number().min(0).max(1);
const weight = z.number().min(0);

/** Weights of the loss terms of a phase; a term of weight 0 is at most logged. */
export const lossWeightsSchema = z.strictObject({
  /** Mean binary cross entropy of the single mask. */
  bce: weight.default(1),
  /** Squared-form Dice of the single mask, where the target is present. */
  dice: weight.default(1),
  /** BCE + Dice of the best of the further masks. */
  bestOfMany: weight.default(0.5),
  /** Squared error of the predicted IoU. */
  predictedIou: weight.default(0.2),
  /** BCE of the decoder's presence logit. */
  presence: weight.default(0.5),
  /** Cross entropy of the auxiliary diagnosis head on pooled features (training only). */
  diagnosis: weight.default(0.3),
  /** Similarity map against the mask averaged over the token grid. */
  prior: weight.default(1),
  /** Weighted next-token cross entropy. */
  text: weight.default(1),
  /** Squared distance between seg embedding and learned target embedding. */
  distill: weight.default(0),
});

/** One phase of training: what moves, for how long, at which rate, on which losses. */
export const phaseSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]*$/),
  steps: z.int().min(1),
  images: z.int().min(1),
  /** Batches of so many images whose gradients make one step; 1 if left out. */
  accumulate: z.int().min(1).optional(),
  /** Conversations an image in the text batch; 0 leaves the LVLM out. */
  conversations: z.int().min(0).default(0),
  /** What prompts the mask decoder: a learned embedding per target, the seg embedding, or nothing. */
  prompt: z.enum(['target', 'seg', 'none']),
  lr: z.number().positive(),
  /** Warm-up, constant rate and fall (if left out), or that of the official training: warm-up, then a fall to zero. */
  schedule: z.enum(['plateau', 'official']).optional(),
  warmup: z.int().min(0).default(60),
  /** Share of the steps at the end over which the rate falls linearly to zero. */
  decay: share.default(0.25),
  train: z.array(z.enum(['lvlm', 'imageEncoder', 'promptEncoder', 'maskDecoder', 'aux'])).min(1),
  /**
   * Regular expressions on the names of a part's parameters: of what the part lets be trained, only these, such as adapters.
   * A part that is not named is trained whole.
   */
  only: z
    .partialRecord(
      z.enum(['lvlm', 'imageEncoder', 'promptEncoder', 'maskDecoder']),
      z.array(z.string().refine(isPattern, 'no regular expression')),
    )
    .optional(),
  lrScale: z.partialRecord(z.enum(['lvlm', 'imageEncoder', 'promptEncoder', 'maskDecoder', 'aux']), weight).default({}),
  losses: lossWeightsSchema.prefault({}),
  /** Share of the questions that ask for a target of another kind of image. */
  wrongTarget: share.default(0.2),
  augmentation: z.enum(['none', 'flips', 'full']).default('full'),
  /**
   * Computes the outputs of the image encoder once an image and keeps them on disk; for phases that do not train it and
   * leave images as they are.
   */
  cachedFeatures: z.boolean().optional(),
  /** Weights of the datasets in this phase, in their order; those of the datasets themselves if left out. */
  weights: z.array(weight).optional(),
  /** Draws every target of a dataset equally often, so that a rare second one is not drowned. */
  balanceTargets: z.boolean().optional(),
  /** Options of parts in this phase only, over those of the config, such as a smaller `inputSidePx` to begin with. */
  options: z
    .partialRecord(
      z.enum(['imageEncoder', 'lvlm', 'regionPrior', 'promptEncoder', 'maskDecoder']),
      z.record(z.string(), z.unknown()),
    )
    .default({}),
});

const optimizerSchema = z.strictObject({
  beta1: z.number().min(0).lt(1).default(0.9),
  beta2: z.number().min(0).lt(1).default(0.98),
  eps: z.number().positive().default(1e-8),
  /** Decoupled; on matrices only. */
  weightDecay: weight.default(0.05),
  clip: z.number().positive().default(1),
});

/** Evaluation while training: the product's own pipeline, free-running, on cases that are not trained on. */
export const evaluationSchema = z.strictObject({
  /** Steps of phases prompted by `seg`; the last step of such a phase is always evaluated. */
  every: z.int().min(1),
  /** Case folders; their datasets are reported apart. */
  cases: z.array(z.string().min(1)).min(1),
  split: z.string().default('val'),
  /** The first cases of each dataset; all of them if left out. */
  most: z.int().min(1).optional(),
  /** Mean over the datasets that decides which bundle is best. */
  monitor: z.enum(['gIoU', 'dice', 'accuracy', 'presence']).default('gIoU'),
  /** Evaluations of a phase without a better one after which the phase ends; never if left out. */
  patience: z.int().min(1).optional(),
  /** Answers that are drawn as pictures, from the first cases. */
  pictures: z.int().min(0).max(24).default(6),
});

/** The `training` key of the config tree. */
export const trainingSchema = z.strictObject({
  /** Values below those of this tree; `official` is the recipe of the paper's code. */
  preset: z.enum(['official']).optional(),
  phases: z.array(phaseSchema).min(1),
  optimizer: optimizerSchema.prefault({}),
  order: z.enum(['segment-first', 'reason-first']).default('reason-first'),
  /** What answers say beside presence and [SEG]: nothing, the diagnosis, or facts of the mask too (if left out). */
  content: z.enum(['mask', 'diagnosis', 'reasoning']).optional(),
  /** Tokens of a packed text row: image tokens and all conversations of an image. */
  length: z.int().min(1).default(448),
  /** Weights of answer tokens by what they say. */
  textWeights: z
    .strictObject({
      presence: weight.default(3),
      diagnosis: weight.default(5),
      seg: weight.default(2),
      place: weight.default(2),
      size: weight.default(2),
      shape: weight.default(1),
      rest: weight.default(0.5),
    })
    .prefault({}),
  /** Folder of cached features, for several runs; that of the run if left out. */
  featureCache: z.string().optional(),
  checkpointEvery: z.int().min(1).default(200),
  keepCheckpoints: z.int().min(2).default(2),
  logEvery: z.int().min(1).default(10),
  threads: z.int().min(1).default(1),
  /** A loss of so many times the smoothed loss before it ends the run. */
  explodingFactor: z.number().gt(1).default(100),
  /** Moving average of the trained weights within a phase, which is evaluated, handed on and exported; none if left out. */
  ema: z.strictObject({ decay: z.number().gt(0).lt(1).default(0.999) }).optional(),
  evaluation: evaluationSchema.optional(),
  /** Bundle to start from: parts that are not trained keep its weights. */
  from: z.string().optional(),
  /** Parts of `from` that the exported bundle keeps beside those of this config, such as another mask decoder. */
  keep: z.array(z.looseObject({ use: z.string() })).default([]),
  bundle: z
    .strictObject({
      name: z.string().default('sim4seg-trained'),
      version: z.string().default('0.0.0'),
      thresholds: z.record(z.string(), share).default({}),
      precision: z.enum(['float16', 'float32']).default('float16'),
      licences: z
        .array(z.strictObject({ name: z.string(), appliesTo: z.string(), url: z.string().optional() }))
        .default([]),
    })
    .prefault({}),
});

export type TrainingConfig = z.infer<typeof trainingSchema>;
export type EvaluationConfig = z.infer<typeof evaluationSchema>;
export type PhaseConfig = z.infer<typeof phaseSchema>;
export type LossWeights = z.infer<typeof lossWeightsSchema>;

/** A dataset of training cases: a folder of the case form, or phantoms made in memory. */
export const trainingDatasetSchema = z.discriminatedUnion('use', [
  z.strictObject({
    use: z.literal('folder'),
    path: z.string().min(1),
    weight: z.number().positive().default(1),
    /** Share of the draws taken from cases with an empty mask, where the set has any. */
    absentShare: share.optional(),
  }),
  z.strictObject({
    use: z.literal('phantoms'),
    kind: z.enum(['dermoscopy', 'breast-ultrasound', 'fundus', 'limb-xray']),
    n: z.int().min(1),
    seed: z.int().min(0).default(0),
    weight: z.number().positive().default(1),
    absentShare: share.optional(),
  }),
]);

export type TrainingDataset = z.infer<typeof trainingDatasetSchema>;
