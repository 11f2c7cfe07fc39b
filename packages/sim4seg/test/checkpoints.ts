import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { initParams, writeSafetensors, type ParamSpec } from '@sim4seg/compute';
import { pickle, tensorPickle, torchZip } from '../../compute/test-support/torch-files.js';
import type { ModelParts } from '../src/convert/model-parts.js';
import { setsOf } from '../src/convert/weight-sets.js';

/** Sizes of a SAM that is as small as its parts allow, with windows and a global block. */
export const TINY_SAM = {
  'sam-image-encoder': {
    inputSidePx: 64,
    patchPx: 8,
    tokenWidth: 16,
    depth: 2,
    heads: 2,
    mlpRatio: 2,
    width: 16,
    windowSide: 3,
    globalBlocks: [1],
    queryKeyValueBias: true,
    absolutePositions: true,
    relativePositions: true,
    normEps: 1e-6,
    relativeTableRows: {},
  },
  'sam-prompt-encoder': { width: 16, embeddingSide: 8, inputSidePx: 64, maskChannels: 8 },
  'sam-decoder': {
    width: 16,
    embeddingSide: 8,
    heads: 8,
    depth: 1,
    mlpWidth: 16,
    multimasks: 3,
    iouHeadWidth: 16,
    iouHeadDepth: 2,
  },
} satisfies ModelParts;

/** Sizes of an LVLM of two layers; its tower has heads of another width than the published ones. */
export const TINY_LLAVA = {
  llama: {
    vocabularySize: 40,
    hiddenSize: 32,
    intermediateSize: 48,
    layers: 2,
    heads: 4,
    keyValueHeads: 2,
    rmsNormEps: 1e-5,
    ropeTheta: 10_000,
  },
  vision: {
    hiddenSize: 16,
    intermediateSize: 24,
    layers: 2,
    heads: 4,
    sidePx: 28,
    patchPx: 14,
    activation: 'quick_gelu',
    layerNormEps: 1e-5,
    selectLayer: -2,
  },
  projector: 'linear',
  projectedDim: 16,
} satisfies ModelParts['llava'];

export interface Tensor {
  readonly data: Float32Array;
  readonly shape: readonly number[];
  readonly dtype: 'float32';
}
export type TensorsByKey = Readonly<Record<string, Tensor>>;

/** Values for a set of a model, under the keys of its programs. */
export function tensorsOf(parts: ModelParts, name: 'sam' | 'vision' | 'lvlm'): TensorsByKey {
  const set = setsOf(parts).find((candidate) => candidate.name === name);
  const keys = Object.fromEntries(set?.keys ?? []) as Record<string, ParamSpec>;
  const values = initParams(keys, 7) as Record<string, Tensor>;
  // What begins at zero or one would hide an exchange.
  for (const [index, value] of Object.values(values).entries())
    value.data.forEach((_, i) => (value.data[i]! += 0.01 * Math.sin(index + i)));
  return values;
}

export const renamed = (tensors: TensorsByKey, prefix: string): TensorsByKey =>
  Object.fromEntries(Object.entries(tensors).map(([key, tensor]) => [prefix + key, tensor]));

/** A file as torch.save writes a state dict, below `path` where it is one entry of a training checkpoint. */
export function torchCheckpoint(tensors: TensorsByKey, path?: string): Uint8Array {
  const storages: Record<string, number[]> = {};
  const items = Object.entries(tensors).map(([name, { data, shape }], index) => {
    storages[index] = [...new Uint8Array(data.buffer, data.byteOffset, data.byteLength)];
    const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
    return [name, tensorPickle({ key: `${index}`, elements: data.length, shape, strides })] as const;
  });
  const dict = pickle.dict(Object.fromEntries(items));
  return torchZip(path === undefined ? dict : pickle.dict({ [path]: dict, epoch: pickle.int(3) }), storages);
}

/** A tokenizer.model of these pieces; the first is the unknown one, the next two are control pieces. */
function sentencePieces(pieces: readonly string[]): Uint8Array {
  const messages = pieces.map((piece, id) => {
    const text = new TextEncoder().encode(piece);
    const score = new Uint8Array(Float32Array.of(-id).buffer);
    const kind = id === 0 ? 2 : id < 3 ? 3 : 1;
    const fields = [0x0a, text.length, ...text, 0x15, ...score, 0x18, kind];
    return [0x0a, fields.length, ...fields];
  });
  return Uint8Array.from(messages.flat());
}

/** Ids are dense: as many pieces as there are ids below those of the added tokens. */
const PIECES = ['<unk>', '<s>', '</s>', 'a', 'b', 'ab', '\u2581', ...'cdefghijklmnopqrstuvwxyz', ...'AINST.'];

const json = (path: string, value: unknown) => writeFile(path, JSON.stringify(value));

/** A head that writes [SEG] or ends the answer, whichever way the first hidden feature points. */
export function segOrEndHead(): Tensor {
  const { vocabularySize, hiddenSize } = TINY_LLAVA.llama;
  const data = new Float32Array(vocabularySize * hiddenSize);
  data[37 * hiddenSize] = 50;
  data[2 * hiddenSize] = -50;
  return { data, shape: [vocabularySize, hiddenSize], dtype: 'float32' };
}

/** A folder as LISA is published: LLaMA, projection, projector and SAM in two shards; the vision tower is left out. */
export async function writeLisa(
  folder: string,
  head?: Tensor,
): Promise<{ readonly lvlm: TensorsByKey; readonly sam: TensorsByKey }> {
  const parts = { ...TINY_SAM, llava: TINY_LLAVA };
  const [whole, sam] = [tensorsOf(parts, 'lvlm'), tensorsOf(parts, 'sam')];
  const lvlm = head ? { ...whole, 'lm_head.weight': head } : whole;
  const projector = Object.entries(tensorsOf(parts, 'vision')).filter(([key]) => key.includes('mm_projector'));
  await mkdir(folder, { recursive: true });
  const shards = { 1: { ...lvlm, ...Object.fromEntries(projector) }, 2: renamed(sam, 'model.visual_model.') };
  const map: Record<string, string> = {};
  for (const [number, tensors] of Object.entries(shards)) {
    const file = `pytorch_model-0000${number}-of-00002.bin`;
    await writeFile(join(folder, file), torchCheckpoint(tensors));
    for (const name of Object.keys(tensors)) map[name] = file;
  }
  await json(join(folder, 'pytorch_model.bin.index.json'), { metadata: { total_size: 1 }, weight_map: map });
  const { heads, rmsNormEps, vocabularySize } = TINY_LLAVA.llama;
  await json(join(folder, 'config.json'), {
    model_type: 'llava',
    num_attention_heads: heads,
    rms_norm_eps: rmsNormEps,
    vocab_size: vocabularySize,
    mm_vision_tower: 'openai/clip-vit-large-patch14',
    mm_vision_select_layer: -2,
  });
  await writeFile(join(folder, 'tokenizer.model'), sentencePieces(PIECES));
  await json(join(folder, 'added_tokens.json'), { '[SEG]': 37, '<im_start>': 38, '<im_end>': 39 });
  await writeFile(join(folder, 'LICENSE'), 'Apache-2.0');
  return { lvlm, sam };
}

/** A folder as CLIP is published, text model included. */
export async function writeClip(folder: string): Promise<TensorsByKey> {
  const tower = tensorsOf({ 'clip-vision': TINY_LLAVA.vision }, 'vision');
  const text: Tensor = { data: Float32Array.of(1), shape: [1], dtype: 'float32' };
  const extra = { 'text_model.final_layer_norm.weight': text, logit_scale: text };
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'model.safetensors'), writeSafetensors({ ...tower, ...extra }, { format: 'pt' }));
  const { heads, activation, layerNormEps } = TINY_LLAVA.vision;
  await json(join(folder, 'config.json'), {
    model_type: 'clip',
    vision_config: { num_attention_heads: heads, hidden_act: activation, layer_norm_eps: layerNormEps },
  });
  return tower;
}

/** An adapter's folder as PEFT saves it, with a head that was trained along. */
export async function writeAdapter(folder: string, alpha: number): Promise<TensorsByKey> {
  const { hiddenSize, keyValueHeads, heads } = TINY_LLAVA.llama;
  const matrix = (rows: number, columns: number, seed: number): Tensor => ({
    data: Float32Array.from({ length: rows * columns }, (_, i) => 0.1 * Math.sin(i * 1.3 + seed)),
    shape: [rows, columns],
    dtype: 'float32',
  });
  const tensors: Record<string, Tensor> = {};
  for (const layer of [0, 1])
    for (const [name, out] of [
      ['q_proj', hiddenSize],
      ['v_proj', (hiddenSize / heads) * keyValueHeads],
    ] as const) {
      const at = `base_model.model.model.layers.${layer}.self_attn.${name}`;
      tensors[`${at}.lora_A.weight`] = matrix(2, hiddenSize, layer);
      tensors[`${at}.lora_B.weight`] = matrix(out, 2, layer + 1);
    }
  tensors['base_model.model.lm_head.weight'] = matrix(TINY_LLAVA.llama.vocabularySize, hiddenSize, 5);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'adapter_model.bin'), torchCheckpoint(tensors));
  await json(join(folder, 'adapter_config.json'), { peft_type: 'LORA', r: 2, lora_alpha: alpha });
  return tensors;
}
