// A plain vision transformer with a small two-way mask decoder, written as a user of the package writes a model.
import { defineProgram, ops, scopeParams } from '@sim4seg/compute';
import type { ParamSpec, Program, Specs, Tensor, Tensors } from '@sim4seg/compute';

export interface VitSizes {
  readonly imageSide: number;
  readonly patch: number;
  readonly width: number;
  readonly depth: number;
  readonly heads: number;
  /** Width of the decoder. */
  readonly promptWidth: number;
}

/** About 8.3 million parameters; 256 tokens. */
export const VIT_8M: VitSizes = { imageSide: 256, patch: 16, width: 320, depth: 6, heads: 5, promptWidth: 128 };

const DECODER_HEADS = 4;
const DECODER_DEPTH = 2;
const EPS = 1e-6;

type Dims = Record<string, ParamSpec>;

const weight = (...dims: number[]): ParamSpec => ({ dims, init: { normal: 0.05 } });
const zeros = (...dims: number[]): ParamSpec => ({ dims, init: 'zeros' });
const linearSpecs = (name: string, out: number, inner: number): Dims => ({
  [`${name}.weight`]: weight(out, inner),
  [`${name}.bias`]: zeros(out),
});
const normSpecs = (name: string, width: number): Dims => ({
  [`${name}.weight`]: { dims: [width], init: 'ones' },
  [`${name}.bias`]: zeros(width),
});

function linear(p: Tensors, name: string, x: Tensor): Tensor {
  return ops.linear(x, p[`${name}.weight`]!, p[`${name}.bias`]!);
}

function norm(p: Tensors, name: string, x: Tensor): Tensor {
  return ops.layerNorm(x, p[`${name}.weight`]!, p[`${name}.bias`]!, EPS);
}

function blockSpecs(name: string, width: number): Dims {
  return {
    ...normSpecs(`${name}.norm1`, width),
    ...linearSpecs(`${name}.qkv`, 3 * width, width),
    ...linearSpecs(`${name}.proj`, width, width),
    ...normSpecs(`${name}.norm2`, width),
    ...linearSpecs(`${name}.mlp1`, 4 * width, width),
    ...linearSpecs(`${name}.mlp2`, width, 4 * width),
  };
}

function selfAttention(p: Tensors, x: Tensor, heads: number): Tensor {
  const [batch = 0, tokens = 0, width = 0] = x.shape;
  const [q, k, v] = ops
    .jointLinear(x, p['qkv.weight']!, p['qkv.bias']!, 3)
    .map((part) => ops.transpose(ops.reshape(part, [batch, tokens, heads, width / heads]), [0, 2, 1, 3])) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  const seen = ops.attention(q, k, v, { scale: (width / heads) ** -0.5 });
  return linear(p, 'proj', ops.reshape(ops.transpose(seen, [0, 2, 1, 3]), x.shape));
}

/** One pre-norm transformer block, float32[B, T, width] to the same. */
export function vitBlock(p: Tensors, x: Tensor, heads: number): Tensor {
  const attended = ops.add(x, selfAttention(p, norm(p, 'norm1', x), heads));
  return ops.add(attended, linear(p, 'mlp2', ops.gelu(linear(p, 'mlp1', norm(p, 'norm2', attended)))));
}

function encoderSpecs({ imageSide, patch, width, depth, promptWidth }: VitSizes): Dims {
  const blocks = Array.from({ length: depth }, (_, i) => blockSpecs(`blocks.${i}`, width));
  return {
    'patch.weight': weight(width, 3, patch, patch),
    'patch.bias': zeros(width),
    positions: { dims: [(imageSide / patch) ** 2, width], init: { normal: 0.02 } },
    ...Object.assign({}, ...blocks),
    ...normSpecs('norm', width),
    ...linearSpecs('neck', promptWidth, width),
  };
}

export interface EncodeOptions {
  /** Recompute the blocks in the backward pass instead of keeping what they computed. */
  readonly recompute?: boolean;
}

/** float32[B, 3, side, side] to one row of pixels a patch, float32[B, T, 3 * patch * patch]. */
function patchesOf(image: Tensor, patch: number): Tensor {
  const [batch = 0, channels = 0, side = 0] = image.shape;
  const count = side / patch;
  const cut = ops.reshape(image, [batch, channels, count, patch, count, patch]);
  return ops.reshape(ops.transpose(cut, [0, 2, 4, 1, 3, 5]), [batch, count * count, channels * patch * patch]);
}

/** float32[B, 3, side, side] to image features float32[B, T, promptWidth]. */
function encode(p: Tensors, image: Tensor, sizes: VitSizes, { recompute = false }: EncodeOptions = {}): Tensor {
  const { patch, depth, heads, width } = sizes;
  const patchWeight = ops.reshape(p['patch.weight']!, [width, -1]);
  let x = ops.add(ops.linear(patchesOf(image, patch), patchWeight, p['patch.bias']!), p['positions']!);
  for (let i = 0; i < depth; i += 1) {
    const block = scopeParams(p, `blocks.${i}.`);
    x = recompute
      ? ops.recompute((inner, { tokens }) => vitBlock(inner, tokens!, heads), block, { tokens: x })
      : vitBlock(block, x, heads);
  }
  return linear(p, 'neck', norm(p, 'norm', x));
}

function attend(p: Tensors, [q, k, v]: readonly [Tensor, Tensor, Tensor]): Tensor {
  const [batch = 0, queries = 0, width = 0] = q.shape;
  const split = (name: string, x: Tensor): Tensor =>
    ops.transpose(
      ops.reshape(linear(p, name, x), [batch, x.shape[1]!, DECODER_HEADS, width / DECODER_HEADS]),
      [0, 2, 1, 3],
    );
  const scale = (width / DECODER_HEADS) ** -0.5;
  const seen = ops.attention(split('q', q), split('k', k), split('v', v), { scale });
  return linear(p, 'out', ops.reshape(ops.transpose(seen, [0, 2, 1, 3]), [batch, queries, width]));
}

const attentionSpecs = (name: string, width: number): Dims =>
  Object.assign({}, ...['q', 'k', 'v', 'out'].map((part) => linearSpecs(`${name}.${part}`, width, width)));

function decoderSpecs({ promptWidth: width }: VitSizes): Dims {
  const layer = (name: string): Dims => ({
    ...attentionSpecs(`${name}.self`, width),
    ...attentionSpecs(`${name}.toImage`, width),
    ...attentionSpecs(`${name}.toTokens`, width),
    ...linearSpecs(`${name}.mlp1`, 4 * width, width),
    ...linearSpecs(`${name}.mlp2`, width, 4 * width),
    ...Object.assign({}, ...[1, 2, 3, 4].map((i) => normSpecs(`${name}.norm${i}`, width))),
  });
  return {
    maskToken: { dims: [1, width], init: { normal: 0.5 } },
    ...Object.assign({}, ...Array.from({ length: DECODER_DEPTH }, (_, i) => layer(`two.${i}`))),
    'up1.weight': weight(width, width / 4, 2, 2),
    'up1.bias': zeros(width / 4),
    'up2.weight': weight(width / 4, width / 8, 2, 2),
    'up2.bias': zeros(width / 8),
    ...linearSpecs('hyper1', width, width),
    ...linearSpecs('hyper2', width / 8, width),
  };
}

/** One layer of two-way attention between tokens float32[B, K, D] and image features float32[B, T, D]. */
function twoWay(p: Tensors, tokens: Tensor, image: Tensor): [Tensor, Tensor] {
  const at = (name: string): Tensors => scopeParams(p, `${name}.`);
  let t = norm(p, 'norm1', ops.add(tokens, attend(at('self'), [tokens, tokens, tokens])));
  t = norm(p, 'norm2', ops.add(t, attend(at('toImage'), [t, image, image])));
  t = norm(p, 'norm3', ops.add(t, linear(p, 'mlp2', ops.relu(linear(p, 'mlp1', t)))));
  return [t, norm(p, 'norm4', ops.add(image, attend(at('toTokens'), [image, t, t])))];
}

/** Image features and prompts float32[B, K, D] to mask logits float32[B, 1, side / 4, side / 4]. */
function decode(p: Tensors, features: Tensor, prompts: Tensor): Tensor {
  const [batch = 0, count = 0, width = 0] = features.shape;
  const side = Math.sqrt(count);
  const learned = ops.broadcastTo(ops.expandDims(p['maskToken']!, 0), [batch, 1, width]);
  let [tokens, image] = [ops.concat([learned, prompts], 1), features];
  for (let i = 0; i < DECODER_DEPTH; i += 1) [tokens, image] = twoWay(scopeParams(p, `two.${i}.`), tokens, image);
  const map = ops.reshape(ops.transpose(image, [0, 2, 1]), [batch, width, side, side]);
  const half = ops.gelu(ops.convTranspose2x2(map, p['up1.weight']!, p['up1.bias']!));
  const full = ops.gelu(ops.convTranspose2x2(half, p['up2.weight']!, p['up2.bias']!));
  const token = ops.reshape(ops.slice(tokens, [0, 0, 0], [-1, 1, -1]), [batch, width]);
  const hyper = ops.expandDims(linear(p, 'hyper2', ops.relu(linear(p, 'hyper1', token))), 1);
  const pixels = ops.matMul(hyper, ops.reshape(full, [batch, width / 8, -1]));
  return ops.reshape(pixels, [batch, 1, 4 * side, 4 * side]);
}

/** The encoder alone: `image` to `features`. */
export function vitEncoder(sizes: VitSizes): Program {
  const { imageSide, patch, promptWidth } = sizes;
  return defineProgram({
    name: 'vit-encoder',
    params: encoderSpecs(sizes),
    inputs: { image: ['batch', 3, imageSide, imageSide] },
    outputs: { features: ['batch', (imageSide / patch) ** 2, promptWidth] },
    run: (p, { image }) => ({ features: encode(p, image!, sizes) }),
  });
}

/** Encoder and mask decoder: `image` and `prompts` to `maskLogits`. */
export function vitSegmenter(sizes: VitSizes, options: EncodeOptions = {}): Program {
  const { imageSide, patch, promptWidth } = sizes;
  const side = (4 * imageSide) / patch;
  return defineProgram({
    name: options.recompute ? 'vit-segmenter-recomputed' : 'vit-segmenter',
    params: { ...encoderSpecs(sizes), ...decoderSpecs(sizes) },
    inputs: { image: ['batch', 3, imageSide, imageSide], prompts: ['batch', 2, promptWidth] },
    outputs: { maskLogits: ['batch', 1, side, side] },
    run: (p, { image, prompts }) => ({ maskLogits: decode(p, encode(p, image!, sizes, options), prompts!) }),
  });
}

/** What the loss reads beside the program's inputs. */
export function vitTargets({ imageSide, patch }: VitSizes): Specs {
  const side = (4 * imageSide) / patch;
  return { mask: { dims: ['batch', 1, side, side] } };
}

/** Binary cross-entropy plus Dice, each the mean over the images. */
export function maskLoss({ maskLogits }: Tensors, { mask }: Tensors): Tensor {
  const [batch = 0] = mask!.shape;
  const [logits, target] = [maskLogits!, mask!].map((x) => ops.reshape(x, [batch, -1])) as [Tensor, Tensor];
  const prob = ops.sigmoid(logits);
  const both = ops.sum(ops.mul(prob, target), 1);
  const total = ops.add(ops.sum(prob, 1), ops.sum(target, 1));
  const dice = ops.sub(1, ops.div(ops.add(ops.mul(both, 2), 1), ops.add(total, 1)));
  return ops.add(ops.mean(ops.bceWithLogits(logits, target)), ops.mean(dice));
}
