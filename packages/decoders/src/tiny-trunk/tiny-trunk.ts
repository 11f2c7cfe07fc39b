import { defineProgram, ops, prefixSpecs, scopeParams } from '@sim4seg/compute';
import type { Program, Tensor } from '@sim4seg/compute';
import { toMap, toTokens } from '../blocks/layout.js';
import { linear, linearSpecs, take } from '../blocks/params.js';
import type { ParamSpecs, Tensors } from '../blocks/params.js';
import { convNorm, convNormSpecs, residual, residualSpecs } from './residual.js';
import { PIXEL_CHANNELS } from './sizes.js';
import type { TinyTrunkSizes } from './sizes.js';
import { mixTokens, tokenMixerSpecs } from './token-mixer.js';
import type { MixerSizes } from './token-mixer.js';

/** Intensities 0..1 become about -2..2. */
const PIXEL_MEAN = 0.5;
const PIXEL_DEVIATION = 0.25;

/** What the trunk gives, all NCHW in the model frame. */
export interface TrunkOutputs {
  /** float32[images,C,s/16,s/16] */
  readonly embedding: Tensor;
  /** float32[images,48,s/4,s/4]; the image itself, normalised, rearranged by space-to-depth */
  readonly pixels: Tensor;
  readonly stride4: Tensor;
  readonly stride8: Tensor;
  /** float32[images,channels[2],s/16,s/16]; after the attention blocks; vision features of an LVLM */
  readonly stride16: Tensor;
}

export function tinyTrunkSpecs(sizes: TinyTrunkSizes): ParamSpecs {
  const [c4, c8, c16] = sizes.channels;
  return {
    ...convNormSpecs('stem', PIXEL_CHANNELS, c4, { kernel: 3 }),
    ...prefixSpecs('stage4.', residualSpecs(c4, sizes.blocks)),
    ...convNormSpecs('down8', 4 * c4, c8, { kernel: 1 }),
    ...prefixSpecs('stage8.', residualSpecs(c8, sizes.blocks)),
    ...convNormSpecs('down16', 4 * c8, c16, { kernel: 1 }),
    ...prefixSpecs('stage16.', residualSpecs(c16, sizes.blocks)),
    ...prefixSpecs('mixer.', tokenMixerSpecs(mixerSizes(sizes))),
    ...linearSpecs('neck', c16, sizes.width),
  };
}

/**
 * Convolutions from stride 4 to 16, attention on the tokens of stride 16.
 * - `image` float32[images,3,s,s]; model frame; 0..1, zero in the padding
 * Down-sampling is space-to-depth and a 1x1 convolution, so that no pixel is dropped and no convolution is strided.
 */
function tinyTrunk(p: Tensors, image: Tensor, sizes: TinyTrunkSizes): TrunkOutputs {
  const side = sizes.inputSidePx / 16;
  const centred = ops.div(ops.sub(image, ops.scalar(PIXEL_MEAN)), ops.scalar(PIXEL_DEVIATION));
  const pixels = ops.spaceToDepth(centred, 4);
  const stride4 = residual(scopeParams(p, 'stage4.'), convNorm(p, 'stem', pixels, { pad: 1 }), sizes.blocks);
  const stride8 = stage(p, '8', stride4, sizes.blocks);
  const tokens = mixTokens(
    scopeParams(p, 'mixer.'),
    toTokens(stage(p, '16', stride8, sizes.blocks)),
    mixerSizes(sizes),
  );
  const grid = { height: side, width: side };
  return { embedding: toMap(linear(p, 'neck', tokens), grid), pixels, stride4, stride8, stride16: toMap(tokens, grid) };
}

/** The trunk as a program, batched over images; inputs and outputs as `tinyTrunk`. */
export function tinyTrunkProgram(sizes: TinyTrunkSizes): Program {
  const { inputSidePx: side, channels, width } = sizes;
  return defineProgram({
    name: 'tiny-trunk',
    params: tinyTrunkSpecs(sizes),
    inputs: { image: ['images', 3, side, side] },
    outputs: {
      embedding: ['images', width, side / 16, side / 16],
      pixels: ['images', PIXEL_CHANNELS, side / 4, side / 4],
      stride4: ['images', channels[0], side / 4, side / 4],
      stride8: ['images', channels[1], side / 8, side / 8],
      stride16: ['images', channels[2], side / 16, side / 16],
    },
    run: (p, x) => ({ ...tinyTrunk(p, take(x, 'image'), sizes) }),
  });
}

function stage(p: Tensors, stride: '8' | '16', x: Tensor, blocks: number): Tensor {
  const down = convNorm(p, `down${stride}`, ops.spaceToDepth(x, 2), { pad: 0 });
  return residual(scopeParams(p, `stage${stride}.`), down, blocks);
}

function mixerSizes({ channels, inputSidePx, attentionBlocks, heads }: TinyTrunkSizes): MixerSizes {
  return { width: channels[2], tokens: (inputSidePx / 16) ** 2, blocks: attentionBlocks, heads };
}
