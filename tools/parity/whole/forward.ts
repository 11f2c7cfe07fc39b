import { llavaProgram, llavaVisionProgram } from '@sim4seg/backbones';
import { float32Value } from '@sim4seg/compute';
import type { TensorValue } from '@sim4seg/compute';
import { samImageEncoderProgram } from '@sim4seg/decoders';
import { officialMap, officialMapOperator } from '@sim4seg/rvls2m';
import type { ReferenceTensors, Tolerance } from '@sim4seg/testing';
import type { Checker, Computed } from '../checker.js';
import type { Engine, Values } from '../engines.js';
import { valueOf } from '../run-program.js';
import { batchOf, textInputs } from './batch.js';
import type { WholeBatch } from './batch.js';
import { maskHeadProgram } from './mask-head.js';
import type { WholeModel } from './model.js';
import { priorsOf } from './prompt-masks.js';
import type { ConversationPrior } from './prompt-masks.js';
import { sizeOf } from './settings.js';
import type { WholeConfig } from './settings.js';

/** A case on one engine. */
export interface WholeCase {
  readonly io: ReferenceTensors;
  readonly config: WholeConfig;
  readonly model: WholeModel;
  readonly engine: Engine;
  readonly check: Checker;
}

/** What the frozen encoders say of all images; no training changes it. */
export interface Encoded {
  /** float32[images,T,D]; behind the projector */
  readonly imageRows: TensorValue;
  readonly features: TensorValue;
  /** float32[images,C,h,w] */
  readonly embeddings: TensorValue;
}

/** What the trained parameters say of all conversations. */
export interface Answered {
  readonly batch: WholeBatch;
  readonly outputs: Values;
  readonly priors: readonly ConversationPrior[];
}

export const forwardTolerance = ({ tolerance }: WholeConfig): Tolerance => ({
  atol: (tolerance['forward_atol'] ?? tolerance['atol']) as number,
  rtol: (tolerance['forward_rtol'] ?? tolerance['rtol']) as number,
});

/** Compares a value of the running engine within the tolerance of forward passes; a case may leave out intermediate ones. */
export function closeForward({ io, check, engine, config }: WholeCase, name: string, computed: Computed): void {
  if (/(^|\/)mid\.[^/]*$/.test(name) && !io.has(name)) return;
  check.close(name, { ...computed, engine: engine.name }, forwardTolerance(config));
}

export async function encodeImages({ io, model, engine }: WholeCase): Promise<Encoded> {
  const pixels = valueOf(io, 'in.images_clip');
  const seen = await engine.run(llavaVisionProgram(model.form), model.params.vision, { pixels });
  const image = valueOf(io, 'in.images');
  const encoder = samImageEncoderProgram(model.sam.encoder);
  const { embedding } = await engine.run(encoder, model.params.encoder, { image });
  return { imageRows: seen['imageRows']!, features: seen['features']!, embeddings: embedding! };
}

/** Runs conversations with given parameters, which may change from call to call. */
export async function answer(whole: WholeCase, { imageRows }: Encoded, options: AnswerOptions): Promise<Answered> {
  const { model, engine, config } = whole;
  const { batch, params } = options;
  const program = llavaProgram(model.form);
  const own = Object.fromEntries(Object.keys(program.params).map((name) => [name, params[name]!]));
  const outputs = await engine.runWith(program, own, textInputs(batch, imageRows));
  return { batch, outputs, priors: priorsOf(outputs['projected']!, batch, config) };
}

export interface AnswerOptions {
  readonly batch: WholeBatch;
  readonly params: Values;
}

/** Encoders, hidden states, logits, priors; then every image's masks under the names of each io file. */
export async function checkForward(whole: WholeCase, files: readonly WholeFileNames[]): Promise<void> {
  const { io, config, model } = whole;
  const encoded = await encodeImages(whole);
  const batch = batchOf(io, config);
  const answered = await answer(whole, encoded, { batch, params: model.params.trained });
  const perConversation = (value: TensorValue): TensorValue => gatherFirst(value, batch.imageOf);
  closeForward(whole, 'mid.image_embeddings', encoded.embeddings);
  closeForward(whole, 'mid.clip_features', perConversation(encoded.features));
  closeForward(whole, 'mid.projected_image_tokens', perConversation(encoded.imageRows));
  closeForward(whole, 'mid.last_hidden_state', answered.outputs['hidden']!);
  closeForward(whole, 'mid.logits', answered.outputs['logits']!);
  closeForward(whole, 'mid.text_hidden', answered.outputs['projected']!);
  answered.priors.forEach((prior, row) => checkPrior(whole, prior, { row, image: batch.imageOf[row]! }));
  for (const names of files) {
    for (let image = 0; image < config.items!.length; image++) {
      await checkMasks(whole, { encoded, answered, image, names });
      if (io.has(`${names.prefix}${image}/eval/out.pred_masks`)) await checkAlone(whole, { encoded, image, names });
    }
  }
}

/** Prefix of the tensor names of an io file, and the rank of its prompt masks. */
export interface WholeFileNames {
  readonly prefix: string;
  readonly rank: 3 | 4;
}

function checkPrior(whole: WholeCase, prior: ConversationPrior, at: { row: number; image: number }): void {
  const { config, check } = whole;
  const size = sizeOf(config.items![at.image]!.image_hw);
  const side = Math.sqrt(config.num_patches);
  const map = officialMap({ data: prior.normalised, widthPx: side, heightPx: side }, officialMapOperator(side, size));
  closeForward(whole, `conv${at.row}/mid.similarity`, { data: prior.similarity });
  closeForward(whole, `conv${at.row}/mid.similarity_map`, map);
  check.exact(`conv${at.row}/mid.prompt_mask`, { data: prior.mask, engine: whole.engine.name });
}

interface MaskCheck {
  readonly encoded: Encoded;
  readonly answered: Answered;
  readonly image: number;
  readonly names: WholeFileNames;
}

/** Masks of one image: the reference takes the prompt mask by image index, `perconv` the conversation's own. */
async function checkMasks(whole: WholeCase, { encoded, answered, image, names }: MaskCheck): Promise<void> {
  const { io } = whole;
  const at = `${names.prefix}${image}/`;
  const rows = rowsOfImage(answered.batch, image);
  const head = await runHead(whole, { encoded, answered, image, names, masks: [answered.priors[image]!] });
  const seg = segRowsOf(answered, rows);
  closeForward(whole, `${at}mid.sparse`, { data: seg.data });
  closeForward(whole, `${at}mid.dense`, { data: head['dense']!.data });
  closeForward(whole, `${at}mid.low_res`, head['lowRes']!);
  closeForward(whole, `${at}mid.iou`, head['iou']!);
  closeForward(whole, `${at}out.pred_masks`, head['predMasks']!);
  if (!io.has(`${at}perconv/out.pred_masks`)) return;
  const masks = rows.map((row) => answered.priors[row]!);
  const own = await runHead(whole, { encoded, answered, image, names, masks });
  closeForward(whole, `${at}perconv/out.pred_masks`, own['predMasks']!);
}

/** The image by itself, without padding, as in evaluation. */
async function checkAlone(whole: WholeCase, { encoded, image, names }: Omit<MaskCheck, 'answered'>): Promise<void> {
  const { io, config, model } = whole;
  const rows = rowsOfImage(batchOf(io, config), image);
  const batch = batchOf(io, config, { only: rows, unpadded: true });
  const answered = await answer(whole, encoded, { batch, params: model.params.trained });
  const head = await runHead(whole, { encoded, answered, image, names, masks: [answered.priors[0]!] });
  closeForward(whole, `${names.prefix}${image}/eval/out.pred_masks`, head['predMasks']!);
}

type HeadRun = MaskCheck & { readonly masks: readonly ConversationPrior[] };

async function runHead(whole: WholeCase, { encoded, answered, image, names, masks }: HeadRun): Promise<Values> {
  const { config, model, engine } = whole;
  const rows = rowsOfImage(answered.batch, image);
  const item = config.items![image]!;
  const program = maskHeadProgram(model.trained, {
    name: `mask head ${image} of rank ${names.rank} with ${masks.length}`,
    masks: masks.length,
    rank: names.rank,
    sam: model.sam,
    image: { num_masks: rows.length, original_size: item.image_hw, input_size: item.resized_hw },
  });
  const own = Object.fromEntries(Object.keys(program.params).map((name) => [name, model.params.trained[name]!]));
  return engine.run(program, own, {
    embedding: gatherFirst(encoded.embeddings, [image]),
    seg: segRowsOf(answered, rows),
    mask: maskValue(masks, config),
  });
}

/** Conversations of an image. */
export const rowsOfImage = ({ imageOf }: WholeBatch, image: number): number[] =>
  imageOf.flatMap((of, row) => (of === image ? [row] : []));

/** float32[n,1,S,S] */
export function maskValue(priors: readonly ConversationPrior[], { prompt_mask_size: side }: WholeConfig): TensorValue {
  const data = Float32Array.from(priors.flatMap(({ mask }) => [...mask]));
  return float32Value(data, [priors.length, 1, side, side]);
}

/** Seg embeddings of conversations: float32[n,D]. */
function segRowsOf({ outputs, batch }: Answered, rows: readonly number[]): TensorValue {
  const { data, shape } = outputs['projected']!;
  const [, length = 0, width = 0] = shape;
  const picked = rows.flatMap((row) => {
    const from = (row * length + batch.segRows[row]!) * width;
    return [...data.subarray(from, from + width)];
  });
  return float32Value(Float32Array.from(picked), [rows.length, width]);
}

/** Entries of the first axis. */
export function gatherFirst({ data, shape }: TensorValue, indices: readonly number[]): TensorValue {
  const size = shape.slice(1).reduce((product, side) => product * side, 1);
  const picked = indices.flatMap((i) => [...data.subarray(i * size, (i + 1) * size)]);
  return float32Value(Float32Array.from(picked), [indices.length, ...shape.slice(1)]);
}
