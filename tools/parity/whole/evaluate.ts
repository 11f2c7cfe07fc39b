import {
  IMAGE_TOKEN_INDEX,
  LLAVA_GRAPHS,
  llavaInferenceGraphs,
  llavaProgram,
  planMerge,
  samplePaths,
} from '@sim4seg/backbones';
import type { MergePlan, PathDecoder, PromptPrefix } from '@sim4seg/backbones';
import { float32Value, int32Value } from '@sim4seg/compute';
import type { TensorValue } from '@sim4seg/compute';
import type { GraphRunner, ReasoningPath } from '@sim4seg/core';
import type { Values } from '../engines.js';
import { closeForward, encodeImages } from './forward.js';
import type { Encoded, WholeCase } from './forward.js';
import { maskHeadProgram } from './mask-head.js';

const SLOTS = 16;

/** Greedy generation as the product generates, and masks without a prompt mask. @source LISA.py evaluate */
export async function checkEvaluation(whole: WholeCase, { steps, image }: EvaluationSizes): Promise<void> {
  const { io, check, engine } = whole;
  const prompt = [...io.ints('in.input_ids').data];
  const encoded = await encodeImages(whole);
  const { path, logits } = await generate(whole, { prompt, encoded, steps });
  const ids = [...prompt, ...path.tokenIds];
  check.exact('out.ids', { data: ids, engine: engine.name });
  closeForward(whole, 'mid.generated_logits', { data: logits });
  await checkHidden(whole, ids.slice(0, -1), encoded);
  await checkMasks(whole, { path, encoded, image });
}

export interface EvaluationSizes {
  readonly steps: number;
  readonly image: { readonly original: readonly [number, number]; readonly resized: readonly [number, number] };
}

interface Generated {
  readonly path: ReasoningPath;
  /** Logits that chose each token, one row after the other. */
  readonly logits: readonly number[];
}

async function generate(
  whole: WholeCase,
  { prompt, encoded, steps }: { readonly prompt: readonly number[]; readonly encoded: Encoded; readonly steps: number },
): Promise<Generated> {
  const { config, model } = whole;
  const logits: number[] = [];
  const graphs = engineGraphs(whole, (outputs) => logits.push(...(outputs['logits']?.data ?? [])));
  const plan = planOf(whole, prompt.slice(0, -1));
  const from = prompt.indexOf(IMAGE_TOKEN_INDEX);
  const { imageTokens: _, ...cache } = await graphs.run(LLAVA_GRAPHS.prefill, {
    imageRows: encoded.imageRows,
    sources: int32Value(plan.sources, [1, plan.length]),
    imageAt: int32Value(
      Int32Array.from({ length: config.num_patches }, (_, i) => from + i),
      [config.num_patches],
    ),
  });
  const prefix: PromptPrefix = { cache, slots: plan.length, filled: plan.length, lastId: prompt.at(-1) ?? 0 };
  const decoder: PathDecoder = {
    graphs,
    llama: model.form.llama,
    room: { most: steps, first: Math.min(steps, SLOTS) },
    biasOver: 'suffix',
    tokenizer: {
      segId: config.tokens.seg,
      vocabularySize: Infinity,
      createTextStream: () => ({ push: (id) => `${id} `, end: () => '' }),
    },
    // The reference goes on behind the end of an answer.
    stopIds: new Set(),
    filters: { topK: Infinity, repetitionPenalty: 1 },
    groups: (paths) => [{ first: 0, count: paths, batch: paths, graph: LLAVA_GRAPHS.decode }],
    presentProb: () => null,
  };
  const options = { paths: 1, seed: 0, temperature: 0, topP: 1, maxTokens: steps };
  const [path] = await samplePaths(prefix, options, decoder);
  return { path: path!, logits };
}

/** The product's graphs on an engine; `hear` gets what each gives. */
function engineGraphs({ model, engine }: WholeCase, hear: (outputs: Values) => void): GraphRunner {
  const graphs = llavaInferenceGraphs(model.form);
  return {
    has: (name) => graphs.some(({ graph }) => graph === name),
    async run(name, inputs) {
      const { program } = graphs.find(({ graph }) => graph === name)!;
      const own = Object.fromEntries(Object.keys(program.params).map((key) => [key, model.params.trained[key]!]));
      const outputs = await engine.run(program, own, inputs as Values);
      hear(outputs);
      return outputs;
    },
  };
}

function planOf({ config }: WholeCase, ids: readonly number[]): MergePlan {
  const sizes = {
    vocabularySize: config.llama['vocab_size']!,
    patches: config.num_patches,
    imageOfSlot: [0],
    images: 1,
  };
  return planMerge({ ids: [ids], labels: null, attentionMask: [ids.map(() => true)] }, sizes);
}

/** Hidden states of all tokens but the last at once. */
async function checkHidden(whole: WholeCase, ids: readonly number[], { imageRows }: Encoded): Promise<void> {
  const { model, engine } = whole;
  const plan = planOf(whole, ids);
  const program = llavaProgram(model.form);
  const own = Object.fromEntries(Object.keys(program.params).map((name) => [name, model.params.trained[name]!]));
  const shape = [1, plan.length];
  const mask = int32Value(Int32Array.from(plan.attentionMask), shape);
  const { hidden, projected } = await engine.run(program, own, {
    imageRows,
    sources: int32Value(plan.sources, shape),
    mask,
  });
  closeForward(whole, 'mid.last_hidden_state', hidden!);
  closeForward(whole, 'mid.text_hidden', projected!);
}

interface MaskCheck {
  readonly path: ReasoningPath;
  readonly encoded: Encoded;
  readonly image: EvaluationSizes['image'];
}

async function checkMasks(whole: WholeCase, { path, encoded, image }: MaskCheck): Promise<void> {
  const { model, engine } = whole;
  const { data, shape } = path.segEmbeddings!;
  // Without a [SEG] there is no mask, and the masks of the case stay uncompared, which fails it.
  if (shape[0] === 0) return;
  const program = maskHeadProgram(model.trained, {
    name: 'mask head without mask',
    masks: 0,
    rank: 4,
    sam: model.sam,
    image: { num_masks: shape[0]!, original_size: image.original, input_size: image.resized },
  });
  const own = Object.fromEntries(Object.keys(program.params).map((name) => [name, model.params.trained[name]!]));
  const seg: TensorValue = float32Value(data, shape);
  const head = await engine.run(program, own, { embedding: encoded.embeddings, seg });
  closeForward(whole, 'mid.sparse', { data });
  closeForward(whole, 'mid.low_res', head['lowRes']!);
  closeForward(whole, 'mid.iou', head['iou']!);
  closeForward(whole, 'out.pred_masks', head['predMasks']!);
}
