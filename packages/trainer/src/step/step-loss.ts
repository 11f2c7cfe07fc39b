import { ops } from '@sim4seg/compute';
import type { Tensor } from '@sim4seg/compute';
import type { PhaseConfig } from '../config/training-schema.js';
import { bestOfMany, maskColumn, maskTerms, weightedMean } from '../losses/mask-loss.js';
import { priorLoss } from '../losses/prior-loss.js';
import { ENCODED_PREFIX } from './feature-cache.js';
import { runPart } from './parts.js';
import type { Parts } from './parts.js';

type Tensors = Record<string, Tensor>;
/** A tensor that must be there; names are checked when the step is declared. */
const need = (tensors: Tensors, name: string): Tensor => tensors[name] as Tensor;

/** What the rest of a step needs to know of the prompts: who asks, in which rows, with which image tokens. */
interface Prompting {
  /** float32[images,T,D]. */
  readonly imageTokens: Tensor;
  /** float32[images,D]; prompt of the first question of each image. */
  readonly prompt: Tensor;
  /** float32[images,conversations,D]; prompts whose similarity is judged. */
  readonly asked: Tensor;
  /** float32[images,conversations]; 0 where the prompt is meaningless. */
  readonly askedWeight: Tensor;
}

export interface StepSizes {
  /** Name of the encoder output that serves as vision features. */
  readonly features: string;
}

/**
 * The loss of one phase as a pure function of parameters and a batch; traced once into the compiled step.
 * The parts keep their own programs; what is added here exists in training only.
 */
export function createStepLoss(parts: Parts, phase: PhaseConfig, sizes: StepSizes) {
  return (params: Tensors, inputs: Tensors): { loss: Tensor } & Tensors => {
    const encoded = phase.cachedFeatures
      ? encodedIn(inputs)
      : runPart(parts.imageEncoder, params, { image: need(inputs, 'image') }); // [B,3,s,s] to features
    const features = need(encoded, sizes.features); // [B,C,h,w]
    const spoken = phase.conversations > 0 ? runPart(parts.lvlm, params, { ...inputs, features }) : null;
    const prompting = spoken ? spokenPrompts(spoken, params, inputs) : learnedPrompts(features, params, inputs);
    const terms: Tensors = {
      ...maskPart(parts, phase, { params, inputs, encoded, prompting }),
      ...diagnosisTerm(phase, { params, inputs, features, spoken }),
      ...(spoken ? textTerms(phase, { params, inputs, spoken, prompting }) : {}),
      prior: priorTerm(prompting, params, inputs),
    };
    return { ...terms, loss: weightedSum(terms, phase) };
  };
}

/** Outputs of a frozen encoder, which come as inputs. */
function encodedIn(inputs: Tensors): Tensors {
  const own = Object.entries(inputs).filter(([name]) => name.startsWith(ENCODED_PREFIX));
  return Object.fromEntries(own.map(([name, tensor]) => [name.slice(ENCODED_PREFIX.length), tensor]));
}

function weightedSum(terms: Tensors, { losses }: PhaseConfig): Tensor {
  let loss = ops.scalar(0);
  for (const [name, weight] of Object.entries(losses)) {
    const term = terms[name];
    if (term && weight > 0) loss = ops.add(loss, ops.mul(term, ops.scalar(weight)));
  }
  return loss;
}

/** Prompts from the table of target embeddings, tokens from a plain projection of the features. */
function learnedPrompts(features: Tensor, params: Tensors, inputs: Tensors): Prompting {
  const [images, channels, height, width] = features.shape as [number, number, number, number];
  const rows = ops.transpose(ops.reshape(features, [images, channels, height * width]), [0, 2, 1]);
  const weight = need(params, 'aux.token_projection.weight');
  const imageTokens = ops.linear(rows, weight, need(params, 'aux.token_projection.bias'));
  const prompt = ops.embedding(need(params, 'aux.target_embedding'), need(inputs, 'targetIds'));
  return { imageTokens, prompt, asked: ops.expandDims(prompt, 1), askedWeight: ops.ones([images, 1]) };
}

/** Prompts from the LVLM; where the first answer has no [SEG], the learned embedding keeps the decoder honest. */
function spokenPrompts(spoken: Tensors, params: Tensors, inputs: Tensors): Prompting {
  const imageTokens = need(spoken, 'imageTokens');
  const [images, , dim] = imageTokens.shape as [number, number, number];
  const segPresent = ops.reshape(need(inputs, 'segPresent'), [images, -1]);
  const conversations = segPresent.shape[1] as number;
  const asked = ops.reshape(need(spoken, 'segEmbeddings'), [images, conversations, dim]);
  const first = ops.reshape(ops.slice(asked, [0, 0, 0], [images, 1, dim]), [images, dim]);
  const has = ops.slice(segPresent, [0, 0], [images, 1]);
  const learned = ops.embedding(need(params, 'aux.target_embedding'), need(inputs, 'targetIds'));
  const prompt = ops.add(ops.mul(first, has), ops.mul(learned, ops.sub(ops.scalar(1), has)));
  return { imageTokens, prompt, asked, askedWeight: segPresent };
}

/** Region prior, prompt encoder and mask decoder as in inference, with the losses on their outputs. */
function maskPart(
  parts: Parts,
  phase: PhaseConfig,
  { params, inputs, encoded, prompting }: { params: Tensors; inputs: Tensors; encoded: Tensors; prompting: Prompting },
): Tensors {
  if (phase.prompt === 'none') return {};
  const { imageTokens, prompt } = prompting;
  const prior = runPart(parts.regionPrior, params, { ...inputs, imageTokens, segEmbeddings: prompt });
  const prompts = runPart(parts.promptEncoder, params, { ...prior, text: ops.expandDims(prompt, 1) });
  const decoded = runPart(parts.maskDecoder, params, { ...encoded, ...prompts });
  return decoderTerms(decoded, inputs);
}

function decoderTerms(decoded: Tensors, inputs: Tensors): Tensors {
  const present = need(inputs, 'present');
  const all = ops.ones(present.shape);
  const logits = need(decoded, 'lowResLogits');
  const terms = maskTerms(logits, targetAt(need(inputs, 'maskTarget'), logits.shape[2] as number));
  const each = ops.add(terms.bce, ops.mul(terms.dice, ops.expandDims(present, 1)));
  const iouError = ops.square(ops.sub(need(decoded, 'predictedIou'), ops.stopGradient(terms.softIou)));
  const presence = decoded['presenceLogits'];
  return {
    bce: ops.mean(maskColumn(terms.bce, 0)),
    dice: weightedMean(maskColumn(terms.dice, 0), present),
    bestOfMany: weightedMean(bestOfMany(each), all),
    predictedIou: weightedMean(ops.mean(iouError, [1]), present),
    softIou: weightedMean(ops.stopGradient(maskColumn(terms.softIou, 0)), present),
    ...(presence ? { presence: ops.mean(ops.bceWithLogits(presence, present)) } : {}),
  };
}

/** Target float32[n,1,S,S] averaged down to the side of the decoder's output. */
function targetAt(target: Tensor, side: number): Tensor {
  const factor = (target.shape[2] as number) / side;
  return factor === 1 ? target : ops.avgPool(target, factor);
}

function priorTerm({ imageTokens, asked, askedWeight }: Prompting, params: Tensors, inputs: Tensors): Tensor {
  const [images, conversations] = asked.shape as [number, number];
  const tokens = imageTokens.shape[1] as number;
  const similarity = ops.matMul(asked, imageTokens, { transposeB: true }); // [images,conversations,T]
  const repeat = (x: Tensor): Tensor => repeatRows(x, conversations);
  return priorLoss(ops.reshape(similarity, [images * conversations, tokens]), repeat(need(inputs, 'maskTarget')), {
    logScale: need(params, 'aux.prior.log_scale'),
    bias: need(params, 'aux.prior.bias'),
    asked: ops.reshape(askedWeight, [images * conversations]),
    present: repeat(need(inputs, 'present')),
  });
}

/** [n,...] to [n*times,...], each row `times` times in a row. */
function repeatRows(x: Tensor, times: number): Tensor {
  if (times === 1) return x;
  const [n, ...rest] = x.shape as [number, ...number[]];
  const wide = ops.tile(ops.expandDims(x, 1), [1, times, ...rest.map(() => 1)]);
  return ops.reshape(wide, [n * times, ...rest]);
}

function diagnosisTerm(
  phase: PhaseConfig,
  { params, inputs, features, spoken }: { params: Tensors; inputs: Tensors; features: Tensor; spoken: Tensors | null },
): Tensors {
  if (phase.losses.diagnosis === 0) return {};
  const [images, channels, height, width] = features.shape as [number, number, number, number];
  const cells = ops.reshape(features, [images, channels, height * width]);
  const share = ops.expandDims(need(inputs, 'poolWeights'), 1); // [images,1,T]
  const head = (name: string, pooled: Tensor): Tensor =>
    ops.crossEntropy(
      ops.linear(pooled, need(params, `aux.${name}.weight`), need(params, `aux.${name}.bias`)),
      need(inputs, 'diagnosisIds'),
      need(inputs, 'diagnosisWeights'),
      { smoothing: 0.05 },
    );
  if (!spoken) return { diagnosis: head('diagnosis', ops.sum(ops.mul(cells, share), [2])) };
  const pooledTokens = ops.matMul(share, need(spoken, 'imageTokens')); // [images,1,D]
  return { diagnosis: head('token_diagnosis', ops.squeeze(pooledTokens, [1])) };
}

function textTerms(
  phase: PhaseConfig,
  { params, inputs, spoken, prompting }: { params: Tensors; inputs: Tensors; spoken: Tensors; prompting: Prompting },
): Tensors {
  const text = ops.crossEntropy(need(spoken, 'logits'), need(inputs, 'labels'), need(inputs, 'labelWeights'));
  if (phase.losses.distill === 0) return { text };
  const [images, conversations, dim] = prompting.asked.shape as [number, number, number];
  const learned = ops.embedding(need(params, 'aux.target_embedding'), need(inputs, 'targetIds'));
  const wanted = ops.stopGradient(repeatRows(learned, conversations));
  const error = ops.square(ops.sub(ops.reshape(prompting.asked, [images * conversations, dim]), wanted));
  return {
    text,
    distill: weightedMean(ops.mean(error, [1]), ops.reshape(prompting.askedWeight, [images * conversations])),
  };
}
