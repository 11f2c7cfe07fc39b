import { pick } from '../../random.js';
import type { DataRandom } from '../../random.js';

/** Diagnoses of the dermoscopy phantoms, in the words of the data sets. */
export const SKIN_DIAGNOSES = ['benign nevus', 'melanoma', 'seborrheic keratosis'] as const;
export type SkinDiagnosis = (typeof SKIN_DIAGNOSES)[number];

/** How a lesion looks; lengths in units of 1/256 of the picture's width, amounts about 0..1. */
export interface SkinLesionStyle {
  readonly radius: number;
  readonly aspect: number;
  readonly lobes: number;
  readonly ragged: number;
  readonly softness: number;
  readonly darkness: number;
  /** How differently its parts are coloured. */
  readonly variety: number;
  readonly network: number;
  readonly globules: number;
  readonly streaks: number;
  readonly blueVeil: number;
  readonly redness: number;
  readonly scar: number;
  readonly ridges: number;
  readonly cysts: number;
  readonly openings: number;
  readonly waxy: number;
}

type Range = readonly [low: number, high: number, chance?: number];
type StyleRanges = Readonly<Record<keyof SkinLesionStyle, Range>>;

/** Ranges overlap on purpose, and size and darkness are the same for all: neither tells the diagnosis. */
const SHARED = { radius: [20, 62], darkness: [0.22, 1.25] } as const;

const RANGES: Readonly<Record<SkinDiagnosis, StyleRanges>> = {
  'benign nevus': {
    ...SHARED,
    aspect: [0.72, 1],
    lobes: [0.02, 0.09],
    ragged: [0.02, 0.09],
    softness: [4, 14],
    variety: [0, 0.35],
    network: [0.25, 0.7, 0.7],
    globules: [0.3, 0.8, 0.4],
    streaks: [0, 0],
    blueVeil: [0.1, 0.3, 0.08],
    redness: [0.05, 0.4, 0.4],
    scar: [0, 0],
    ridges: [0.1, 0.3, 0.1],
    cysts: [1, 3, 0.1],
    openings: [1, 2, 0.08],
    waxy: [0, 0.08],
  },
  melanoma: {
    ...SHARED,
    aspect: [0.55, 0.95],
    lobes: [0.1, 0.24],
    ragged: [0.08, 0.26],
    softness: [2, 9],
    variety: [0.4, 1],
    network: [0.2, 0.8, 0.65],
    globules: [0.3, 1, 0.45],
    streaks: [0.2, 0.7, 0.55],
    blueVeil: [0.3, 0.9, 0.6],
    redness: [0.2, 0.9, 0.5],
    scar: [0.2, 0.7, 0.45],
    ridges: [0.1, 0.3, 0.08],
    cysts: [1, 3, 0.08],
    openings: [1, 3, 0.08],
    waxy: [0, 0.1],
  },
  'seborrheic keratosis': {
    ...SHARED,
    aspect: [0.62, 1],
    lobes: [0.05, 0.14],
    ragged: [0.04, 0.12],
    softness: [1, 4],
    variety: [0.1, 0.5],
    network: [0.1, 0.3, 0.12],
    globules: [0.2, 0.4, 0.1],
    streaks: [0, 0],
    blueVeil: [0.1, 0.4, 0.15],
    redness: [0.1, 0.5, 0.35],
    scar: [0, 0],
    ridges: [0.35, 0.95, 0.75],
    cysts: [4, 16, 0.75],
    openings: [3, 14, 0.7],
    waxy: [0.1, 0.38],
  },
};

/** Share of lesions that borrow about a third of their looks from another diagnosis, as real ones do. */
const ATYPICAL_SHARE = 0.2;

/** Draws how a lesion of this diagnosis looks. */
export function drawSkinLesionStyle(diagnosis: SkinDiagnosis, random: DataRandom): SkinLesionStyle {
  const other = pick(SKIN_DIAGNOSES, random);
  const atypical = random.chance(ATYPICAL_SHARE);
  const drawn = Object.keys(RANGES[diagnosis]).map((key) => {
    const source = atypical && random.chance(0.33) ? other : diagnosis;
    const [low, high, chance = 1] = RANGES[source][key as keyof SkinLesionStyle];
    const value = random.between(low, high);
    return [key, random.chance(chance) ? value : 0] as const;
  });
  return Object.fromEntries(drawn) as unknown as SkinLesionStyle;
}
