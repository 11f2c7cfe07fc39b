import { Sim4SegError } from '@sim4seg/core';
import type { Dim } from '@sim4seg/compute';
import type { Parts } from './parts.js';

/** Sizes that parts of one model agree on; read from the programs' declared shapes. */
export interface ModelSizes {
  /** Side of the model frame in pixels. */
  readonly sidePx: number;
  /** Encoder output that serves the LVLM as vision features. */
  readonly features: string;
  readonly featureChannels: number;
  /** Side of the token grid. */
  readonly gridSide: number;
  /** Width of prompts and image tokens. */
  readonly promptDim: number;
}

/**
 * Reads the sizes off the programs.
 * @throws WIRING where an encoder lacks the features that the LVLM takes
 */
export function readModelSizes(parts: Parts): ModelSizes {
  const encoder = parts.imageEncoder.trainable.program;
  const lvlm = parts.lvlm.trainable.program;
  const wanted = lvlm.inputs['features']?.dims ?? [];
  const sameSize = (dims: readonly Dim[]): boolean =>
    dims.length === 4 && [1, 2, 3].every((i) => dims[i] === wanted[i]);
  const features = Object.entries(encoder.outputs).find(([, { dims }]) => sameSize(dims))?.[0];
  if (!features) {
    throw new Sim4SegError('WIRING', {
      must: `The image encoder has an output of the size [images, ${wanted.slice(1).join(', ')}] for "${parts.lvlm.id}"`,
      got: Object.entries(encoder.outputs)
        .map(([name, { dims }]) => `${name} [${dims.join(', ')}]`)
        .join('; '),
      fix: 'choose an image encoder and an LVLM that fit each other',
    });
  }
  return {
    sidePx: Number(encoder.inputs['image']?.dims[3]),
    features,
    featureChannels: Number(wanted[1]),
    gridSide: Number(wanted[2]),
    promptDim: Number(lvlm.outputs['imageTokens']?.dims[2]),
  };
}
