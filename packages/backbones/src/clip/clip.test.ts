import { initParams, runEager } from '@sim4seg/compute';
import type { MedicalImage } from '@sim4seg/core';
import { describe, expect, it } from 'vitest';
import { CLIP_NORMALISATION, preprocessClip } from './preprocess.js';
import { clipVisionProgram } from './vision-tower.js';

const SIZES = {
  hiddenSize: 16,
  intermediateSize: 24,
  layers: 2,
  heads: 2,
  sidePx: 28,
  patchPx: 7,
  activation: 'quick_gelu',
  layerNormEps: 1e-5,
  selectLayer: -2,
} as const;

function greyImage(widthPx: number, heightPx: number, value: number): MedicalImage {
  return {
    dtype: 'uint8',
    data: new Uint8Array(widthPx * heightPx).fill(value),
    widthPx,
    heightPx,
    channels: 1,
    spacingMm: null,
    orientation: null,
    window: null,
    seriesId: null,
    sliceIndex: null,
    frameIndex: null,
    sha256: '',
  };
}

describe('preprocessClip', () => {
  it('crops the middle of any picture and normalises each channel', () => {
    const { data, shape } = preprocessClip(greyImage(61, 40, 128), { sidePx: 28 });
    expect(shape).toEqual([1, 3, 28, 28]);
    CLIP_NORMALISATION.mean.forEach((mean, channel) => {
      const expected = (128 / 255 - mean) / CLIP_NORMALISATION.std[channel]!;
      expect(data[channel * 28 * 28 + 400]).toBeCloseTo(expected, 5);
    });
  });
});

describe('CLIP vision tower', () => {
  const program = clipVisionProgram(SIZES);
  const params = initParams(program.params, 2);

  it('gives one token a patch from the layer that LLaVA chooses', async () => {
    const { data, shape } = preprocessClip(greyImage(30, 50, 90), { sidePx: 28 });
    const outputs = await runEager(program, params, { pixels: { data, shape, dtype: 'float32' } });
    expect(outputs['features']!.shape).toEqual([1, 16, 16]);
    expect(outputs['lastHidden']!.shape).toEqual([1, 17, 16]);
    const last = outputs['lastHidden']!.data.slice(16, 32);
    expect([...outputs['features']!.data.slice(0, 16)]).not.toEqual([...last]);
  });

  it('carries official keys', () => {
    const keys = Object.values(program.params).map(({ key }) => key);
    expect(keys).toContain('vision_model.pre_layrnorm.weight');
    expect(keys).toContain('vision_model.encoder.layers.1.self_attn.out_proj.bias');
  });
});
