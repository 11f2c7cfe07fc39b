import type { DataRandom } from '../../random.js';

/** Diagnoses of the ultrasound phantoms, in the words of the data sets. */
export const BREAST_DIAGNOSES = ['benign breast lesion', 'malignant breast lesion'] as const;
export type BreastDiagnosis = (typeof BREAST_DIAGNOSES)[number];

/** How a lesion looks; lengths in units of 1/256 of the picture's width, echoes in decibels. */
export interface BreastLesionStyle {
  readonly radius: number;
  /** Height over width. */
  readonly tallness: number;
  readonly tiltRad: number;
  readonly lobes: number;
  readonly ragged: number;
  readonly spikes: number;
  readonly softness: number;
  readonly echo: number;
  readonly texture: number;
  /** Bright outline. */
  readonly capsule: number;
  /** Bright diffuse rim of reacting tissue. */
  readonly halo: number;
  /** Positive: brighter behind; negative: shadow behind. Decibels. */
  readonly behind: number;
  readonly edgeShadow: number;
  readonly calcifications: number;
}

type Range = readonly [low: number, high: number, chance?: number];
type StyleRanges = Readonly<Record<keyof BreastLesionStyle, Range>>;

/** Size and echo overlap widely: neither tells the diagnosis alone. */
const RANGES: Readonly<Record<BreastDiagnosis, StyleRanges>> = {
  'benign breast lesion': {
    radius: [13, 46],
    tallness: [0.42, 0.85],
    tiltRad: [-0.25, 0.25],
    lobes: [0.02, 0.1],
    ragged: [0.02, 0.07],
    spikes: [0, 0],
    softness: [2, 5],
    echo: [-52, -33],
    texture: [1.5, 6],
    capsule: [3, 9, 0.7],
    halo: [1, 3, 0.1],
    behind: [2, 9, 0.65],
    edgeShadow: [3, 9, 0.5],
    calcifications: [1, 3, 0.08],
  },
  'malignant breast lesion': {
    radius: [15, 54],
    tallness: [0.62, 1.35],
    tiltRad: [-0.6, 0.6],
    lobes: [0.06, 0.18],
    ragged: [0.06, 0.2],
    spikes: [0.12, 0.5, 0.7],
    softness: [3, 10],
    echo: [-50, -35],
    texture: [3, 9],
    capsule: [1, 3, 0.1],
    halo: [2, 7, 0.6],
    behind: [-16, -4, 0.65],
    edgeShadow: [2, 5, 0.15],
    calcifications: [3, 14, 0.4],
  },
};

/** Share of lesions that borrow about a third of their looks from the other diagnosis, as real ones do. */
const ATYPICAL_SHARE = 0.22;

/** Draws how a lesion of this diagnosis looks. */
export function drawBreastLesionStyle(diagnosis: BreastDiagnosis, random: DataRandom): BreastLesionStyle {
  const other = BREAST_DIAGNOSES[diagnosis === BREAST_DIAGNOSES[0] ? 1 : 0];
  const atypical = random.chance(ATYPICAL_SHARE);
  const drawn = Object.keys(RANGES[diagnosis]).map((key) => {
    const source = atypical && random.chance(0.33) ? other : diagnosis;
    const [low, high, chance = 1] = RANGES[source][key as keyof BreastLesionStyle];
    const value = random.between(low, high);
    return [key, random.chance(chance) ? value : 0] as const;
  });
  return Object.fromEntries(drawn) as unknown as BreastLesionStyle;
}
