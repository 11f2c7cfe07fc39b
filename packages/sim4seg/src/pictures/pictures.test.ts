import { maskFromValues } from '@sim4seg/core';
import type { MedicalImage } from '@sim4seg/core';
import { decodeImage, encodePng } from '@sim4seg/data';
import { describe, expect, it } from 'vitest';
import { maskThresholdOf } from '../sdk/mask-threshold.js';
import { drawOverlay } from './overlay.js';
import { withPngText } from './png-text.js';
import { drawSimilarity, similarityInOriginalFrame } from './similarity-picture.js';

const greyImage = (widthPx: number, heightPx: number): MedicalImage => ({
  dtype: 'uint8',
  data: new Uint8Array(widthPx * heightPx).fill(90),
  widthPx,
  heightPx,
  channels: 1,
  spacingMm: null,
  orientation: null,
  window: null,
  seriesId: null,
  sliceIndex: null,
  frameIndex: null,
  sha256: 'a'.repeat(64),
});

describe('pictures of an answer', () => {
  it('tint the mask and nothing else, above the notice', () => {
    const image = greyImage(300, 200);
    const values = Float32Array.from({ length: 60_000 }, (_, i) => (i % 300 < 40 && i < 300 * 40 ? 1 : -1));
    const mask = maskFromValues(values, { widthPx: 300, heightPx: 200, frameId: image.sha256 });
    const { data } = drawOverlay(image, [mask]);
    const at = (x: number, y: number): number[] => [...data.subarray((y * 300 + x) * 3, (y * 300 + x) * 3 + 3)];
    expect(at(20, 20)).not.toEqual([90, 90, 90]);
    expect(at(150, 100)).toEqual([90, 90, 90]);
    expect(at(1, 199)[0]).toBeLessThan(90);
  });

  it('draw a similarity map over the image, none where there is none, and never NaN', () => {
    const frame = { sidePx: 64, contentWidthPx: 64, contentHeightPx: 32, originalWidthPx: 128, originalHeightPx: 64 };
    const constant = { data: new Float32Array(16).fill(3), shape: [4, 4] };
    expect([...similarityInOriginalFrame(constant, frame)].every((value) => value === 0)).toBe(true);
    const similarity = { data: Float32Array.from({ length: 16 }, (_, i) => i), shape: [4, 4] };
    const image = greyImage(128, 64);
    const plain = drawSimilarity(image, { similarity: null, cells: null, frame });
    const drawn = drawSimilarity(image, { similarity, cells: { gridCells: 4, chosen: [0, 15] }, frame });
    expect(plain.data.slice(0, 3)).toEqual(Uint8Array.of(90, 90, 90));
    expect(drawn.data.slice(0, 3)).toEqual(Uint8Array.of(255, 255, 255));
    expect(drawn.data).not.toEqual(plain.data);
  });

  it('frame a cell where its grid lies: over the model frame, or over the image in it', () => {
    const frame = { sidePx: 64, contentWidthPx: 64, contentHeightPx: 32, originalWidthPx: 128, originalHeightPx: 64 };
    const image = greyImage(128, 64);
    const bottomOfFirstCell = (over: 'frame' | 'content'): number[] => {
      const { data } = drawSimilarity(image, { similarity: null, cells: { gridCells: 4, chosen: [0], over }, frame });
      return [16, 32].map((y) => data[(y * 128 + 5) * 3] as number);
    };
    expect(bottomOfFirstCell('frame')).toEqual([90, 255]);
    expect(bottomOfFirstCell('content')).toEqual([255, 90]);
  });

  it('shrink for looking at where the image is large', () => {
    expect(drawOverlay(greyImage(3200, 100), [null])).toMatchObject({ widthPx: 1600, heightPx: 50 });
  });

  it('carry text in a PNG that still decodes to the same pixels', async () => {
    const picture = {
      data: Uint8Array.from({ length: 64 }, (_, i) => i * 3),
      widthPx: 8,
      heightPx: 8,
      channels: 1 as const,
    };
    const png = withPngText(await encodePng(picture), { Comment: 'Research use only.' });
    expect((await decodeImage(png)).data).toEqual(picture.data);
    expect(Buffer.from(png).toString('latin1')).toContain('tEXtComment\0Research use only.');
  });
});

describe('maskThresholdOf', () => {
  it('finds the threshold of the target that a question names', () => {
    const threshold = maskThresholdOf({ 'retinal blood vessels': 0.35, 'fracture region (coarse polygon)': 0.3 });
    expect(threshold('Are there retinal  blood vessels here?')).toBeCloseTo(Math.log(0.35 / 0.65));
    expect(threshold('Segment the bone fracture.')).toBeCloseTo(Math.log(0.3 / 0.7));
    expect(threshold('Is there a skin lesion?')).toBe(0);
  });
});
