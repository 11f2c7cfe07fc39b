import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDataRandom } from '../random.js';
import { applyAugmentation } from './augment.js';
import { augmentRecipeFor, drawAugmentation } from './augment-recipe.js';
import type { AugmentRecipe } from './augment-recipe.js';
import type { TrainingSquare } from './training-square.js';

const SIDE = 48;

/** A square whose three channels are the mask itself, so that any drift between them shows. */
function discSquare(contentHeightPx: number, [cx, cy]: readonly [number, number]): TrainingSquare {
  const mask = Float32Array.from({ length: SIDE * SIDE }, (_, i) => {
    const [x, y] = [(i % SIDE) + 0.5, Math.floor(i / SIDE) + 0.5];
    return y < contentHeightPx ? Math.min(1, Math.max(0, 6.5 - Math.hypot(x - cx, y - cy))) : 0;
  });
  const image = new Float32Array(3 * SIDE * SIDE);
  for (let c = 0; c < 3; c++) image.set(mask, c * SIDE * SIDE);
  return { image, mask, sidePx: SIDE, contentWidthPx: SIDE, contentHeightPx };
}

const shapesOnly = (recipe: AugmentRecipe): AugmentRecipe => ({
  ...recipe,
  logGamma: 0,
  contrast: [1, 1],
  colourGain: [1, 1],
  boxChance: 0,
});

const seeds = fc.nat();
const modalities = fc.constantFrom('dermoscopy', 'ultrasound', 'x-ray', 'fundus photography');
const strengths = fc.constantFrom('none', 'flips', 'full');

describe('applyAugmentation', () => {
  it('moves image and mask alike', () => {
    fc.assert(
      fc.property(seeds, modalities, strengths, (seed, modality, strength) => {
        const square = discSquare(36, [20, 15]);
        const change = drawAugmentation(shapesOnly(augmentRecipeFor(modality, strength)), createDataRandom(seed));
        const { image, mask } = applyAugmentation(square, change);
        for (let c = 0; c < 3; c++) expect(image.subarray(c * SIDE * SIDE, (c + 1) * SIDE * SIDE)).toEqual(mask);
      }),
      { numRuns: 40 },
    );
  });

  it('keeps values in 0..1, the padding zero, and the input as it was', () => {
    fc.assert(
      fc.property(seeds, modalities, (seed, modality) => {
        const square = discSquare(30, [20, 15]);
        const before = square.image.slice();
        const change = drawAugmentation(augmentRecipeFor(modality, 'full'), createDataRandom(seed));
        const { image, mask } = applyAugmentation(square, change);
        expect(square.image).toEqual(before);
        expect(image.every((value) => value >= 0 && value <= 1)).toBe(true);
        expect(mask?.every((value) => value >= 0 && value <= 1)).toBe(true);
        for (let c = 0; c < 3; c++) {
          const padding = image.subarray(c * SIDE * SIDE + 30 * SIDE, (c + 1) * SIDE * SIDE);
          expect(padding.every((value) => value === 0)).toBe(true);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('leaves everything alone without a recipe, and flips exactly', () => {
    const square = discSquare(36, [12, 15]);
    const none = drawAugmentation(augmentRecipeFor('dermoscopy', 'none'), createDataRandom(1));
    expect(applyAugmentation(square, none)).toEqual(square);
    const flipped = applyAugmentation(square, { ...none, flipX: true, flipY: true });
    const expected = discSquare(36, [SIDE - 12, 36 - 15]);
    flipped.mask?.forEach((value, i) => expect(value).toBeCloseTo(expected.mask?.[i] ?? NaN, 5));
  });

  it('keeps the area under rotation and follows the scale', () => {
    const sum = (mask: Float32Array | null): number => mask?.reduce((total, value) => total + value, 0) ?? 0;
    const square = discSquare(SIDE, [24, 24]);
    const none = drawAugmentation(augmentRecipeFor('x-ray', 'none'), createDataRandom(1));
    const turned = applyAugmentation(square, { ...none, rotationRad: 0.7 });
    expect(sum(turned.mask) / sum(square.mask)).toBeCloseTo(1, 1);
    const grown = applyAugmentation(square, { ...none, scale: 1.5 });
    expect(sum(grown.mask) / sum(square.mask)).toBeCloseTo(2.25, 1);
  });

  it('never turns an ultrasound upside down', () => {
    for (let seed = 0; seed < 50; seed++) {
      const change = drawAugmentation(augmentRecipeFor('ultrasound', 'full'), createDataRandom(seed));
      expect(change.flipY).toBe(false);
      expect(Math.abs(change.rotationRad)).toBeLessThan(0.36);
    }
  });

  it('draws the same change from the same seed', () => {
    const recipe = augmentRecipeFor('dermoscopy', 'full');
    expect(drawAugmentation(recipe, createDataRandom(5))).toEqual(drawAugmentation(recipe, createDataRandom(5)));
  });
});
