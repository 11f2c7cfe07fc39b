import { pick } from '../../random.js';
import type { DataRandom } from '../../random.js';

/** Diagnoses of the fundus phantoms, in the words of the data sets. */
export const RETINA_DIAGNOSES = ['healthy retina', 'diabetic retinopathy', 'glaucoma'] as const;
export type RetinaDiagnosis = (typeof RETINA_DIAGNOSES)[number];

/** How a retina looks; counts of lesions, the rest about 0..1. */
export interface FundusStyle {
  /** Diameter of the cup as a share of the disc's. */
  readonly cup: number;
  readonly pallor: number;
  /** Pale ring of thin tissue beside the disc. */
  readonly atrophy: number;
  /** Darker wedge where nerve fibres are lost. */
  readonly wedge: number;
  readonly discHaemorrhages: number;
  readonly microaneurysms: number;
  readonly haemorrhages: number;
  readonly exudates: number;
  readonly cottonWool: number;
  readonly laserScars: number;
  readonly drusen: number;
  /** Uneven width of the veins. */
  readonly beading: number;
  readonly tortuosity: number;
  /** Streaks of the vessels behind the retina, which are not retinal vessels. */
  readonly choroid: number;
}

type Range = readonly [low: number, high: number, chance?: number];
type StyleRanges = Readonly<Record<keyof FundusStyle, Range>>;

const HEALTHY: StyleRanges = {
  cup: [0.2, 0.56],
  pallor: [0, 0.35],
  atrophy: [0.2, 0.6, 0.25],
  wedge: [0.1, 0.2, 0.05],
  discHaemorrhages: [0, 0],
  microaneurysms: [1, 3, 0.12],
  haemorrhages: [1, 1.4, 0.05],
  exudates: [0, 0],
  cottonWool: [0, 0],
  laserScars: [0, 0],
  drusen: [3, 22, 0.25],
  beading: [0, 0.08],
  tortuosity: [0.15, 0.5],
  choroid: [0.15, 0.8, 0.4],
};

/** Ranges overlap on purpose: a large healthy cup, a few drusen or one red dot do not make a disease. */
const RANGES: Readonly<Record<RetinaDiagnosis, StyleRanges>> = {
  'healthy retina': HEALTHY,
  'diabetic retinopathy': {
    ...HEALTHY,
    microaneurysms: [3, 26, 0.92],
    haemorrhages: [1, 12, 0.7],
    exudates: [4, 46, 0.65],
    cottonWool: [1, 5, 0.35],
    laserScars: [14, 60, 0.22],
    drusen: [2, 6, 0.1],
    beading: [0.08, 0.34, 0.6],
    tortuosity: [0.25, 0.7],
  },
  glaucoma: {
    ...HEALTHY,
    cup: [0.5, 0.88],
    pallor: [0.2, 0.85],
    atrophy: [0.3, 1, 0.6],
    wedge: [0.15, 0.45, 0.6],
    discHaemorrhages: [1, 2, 0.2],
  },
};

/** Share of retinas that borrow about a third of their looks from another diagnosis, as real ones do. */
const ATYPICAL_SHARE = 0.2;

/** Draws how a retina of this diagnosis looks. */
export function drawFundusStyle(diagnosis: RetinaDiagnosis, random: DataRandom): FundusStyle {
  const other = pick(RETINA_DIAGNOSES, random);
  const atypical = random.chance(ATYPICAL_SHARE);
  const drawn = Object.keys(HEALTHY).map((key) => {
    const source = atypical && random.chance(0.33) ? other : diagnosis;
    const [low, high, chance = 1] = RANGES[source][key as keyof FundusStyle];
    const value = random.between(low, high);
    return [key, random.chance(chance) ? value : 0] as const;
  });
  return Object.fromEntries(drawn) as unknown as FundusStyle;
}
