import type { Chance } from '../random.js';

/** How far a draw may go. Signed ranges are +- around "unchanged". */
export interface AugmentRecipe {
  readonly rotationDeg: number;
  /** Scale is e^(+-logScale). */
  readonly logScale: number;
  /** Share of the content's sides. */
  readonly shiftShare: number;
  readonly flipX: boolean;
  readonly flipY: boolean;
  /** Gamma is e^(+-logGamma). */
  readonly logGamma: number;
  readonly contrast: readonly [low: number, high: number];
  readonly colourGain: readonly [low: number, high: number];
  readonly boxChance: number;
}

/** One drawn change; plain numbers, so that a draw can be recorded and applied again. */
export interface Augmentation {
  readonly rotationRad: number;
  readonly scale: number;
  /** Shares of the content's width and height. */
  readonly shiftX: number;
  readonly shiftY: number;
  readonly flipX: boolean;
  readonly flipY: boolean;
  readonly gamma: number;
  readonly contrast: number;
  readonly colourGain: readonly [red: number, green: number, blue: number];
  /** Grey box in shares of the content, or null. */
  readonly box: {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
    readonly grey: number;
  } | null;
}

export type AugmentStrength = 'none' | 'flips' | 'full';

const NONE: AugmentRecipe = {
  rotationDeg: 0,
  logScale: 0,
  shiftShare: 0,
  flipX: false,
  flipY: false,
  logGamma: 0,
  contrast: [1, 1],
  colourGain: [1, 1],
  boxChance: 0,
};

const FULL: AugmentRecipe = {
  rotationDeg: 20,
  logScale: 0.25,
  shiftShare: 0.12,
  flipX: true,
  flipY: true,
  logGamma: 0.35,
  contrast: [0.75, 1.3],
  colourGain: [1, 1],
  boxChance: 0.3,
};

/**
 * The recipe for a kind of picture. Shadows in ultrasound always fall down, so it is never turned upside down; vessels
 * are a pixel wide, so fundus pictures are hardly resampled; dermoscopy has no upright.
 * @source the feasibility study's settings (rotation, scale, shift, gamma, contrast, colour gain, box)
 */
export function augmentRecipeFor(modality: string, strength: AugmentStrength): AugmentRecipe {
  const upright = modality === 'ultrasound';
  const flips: AugmentRecipe = { ...NONE, flipX: true, flipY: !upright };
  if (strength !== 'full') return strength === 'none' ? NONE : flips;
  const full: AugmentRecipe = { ...FULL, flipY: !upright };
  if (modality === 'dermoscopy') return { ...full, rotationDeg: 180, colourGain: [0.88, 1.12] };
  if (modality !== 'fundus photography') return full;
  return { ...full, rotationDeg: 6, logScale: 0.06, shiftShare: 0.04, colourGain: [0.88, 1.12] };
}

/** Draws one change. The number of draws does not depend on the recipe, so that recipes compare on equal chances. */
export function drawAugmentation(recipe: AugmentRecipe, random: Chance): Augmentation {
  const signed = (range: number): number => (random.uniform() * 2 - 1) * range;
  const between = ([low, high]: readonly [number, number]): number => low + (high - low) * random.uniform();
  const box = (): NonNullable<Augmentation['box']> => ({
    x: random.uniform() * 0.85,
    y: random.uniform() * 0.85,
    width: 0.08 + random.uniform() * 0.2,
    height: 0.08 + random.uniform() * 0.2,
    grey: random.uniform(),
  });
  return {
    rotationRad: (signed(recipe.rotationDeg) * Math.PI) / 180,
    scale: Math.exp(signed(recipe.logScale)),
    shiftX: signed(recipe.shiftShare),
    shiftY: signed(recipe.shiftShare),
    flipX: random.uniform() < 0.5 && recipe.flipX,
    flipY: random.uniform() < 0.5 && recipe.flipY,
    gamma: Math.exp(signed(recipe.logGamma)),
    contrast: between(recipe.contrast),
    colourGain: [between(recipe.colourGain), between(recipe.colourGain), between(recipe.colourGain)],
    box: random.uniform() < recipe.boxChance ? box() : null,
  };
}
