import type { DataRandom } from '../../random.js';
import type { Point } from '../draw/strokes.js';

/** Parts of the arm that are X-rayed; the region of a bone says which fracture its break is. */
export type Region = 'shoulder' | 'humerus' | 'elbow' | 'forearm' | 'wrist' | 'finger';

/** A tubular bone in the arm's own frame: along the arm (y) from the shoulder, across it (x). */
export interface BonePlan {
  readonly name: string;
  readonly from: Point;
  readonly to: Point;
  /** Radii at both ends and in the middle. */
  readonly ends: readonly [start: number, end: number];
  readonly shaft: number;
  /** Wall of the shaft as a share of its radius. */
  readonly cortex: number;
  /** Share of the length over which an end widens. */
  readonly flare: number;
  readonly bend: number;
}

const plan = (
  name: string,
  points: readonly number[],
  radii: readonly number[],
  more: Partial<BonePlan> = {},
): BonePlan => {
  const [fromX = 0, fromY = 0, toX = 0, toY = 0] = points;
  const [start = 1, shaft = 1, end = 1] = radii;
  const shape = { ends: [start, end] as const, shaft, cortex: 0.42, flare: 0.26, bend: 0 };
  return { name, from: { x: fromX, y: fromY }, to: { x: toX, y: toY }, ...shape, ...more };
};

const SHOULDER: readonly BonePlan[] = [
  plan('clavicle', [-16, -26, -118, -40], [6, 5, 8], { bend: 7, cortex: 0.36 }),
  plan('acromion', [14, -24, -36, -22], [6, 5, 5], { cortex: 0.25 }),
  plan('scapula neck', [-19, 4, -46, 10], [13, 9, 9], { cortex: 0.2 }),
  plan('scapula border', [-38, -10, -58, 104], [7, 4, 5], { cortex: 0.4, bend: -5 }),
  plan('scapula spine', [-26, -16, -104, 2], [5, 4, 4], { cortex: 0.3 }),
];

const LONG_BONES: readonly BonePlan[] = [
  plan('humerus', [2, 0, -1, 206], [18, 9, 13], { flare: 0.22 }),
  plan('epicondyle', [-13, 207, 12, 208], [9, 9, 9], { cortex: 0.16 }),
  plan('radius', [11, 224, 12, 396], [8, 5.6, 12], { bend: 5, flare: 0.2 }),
  plan('ulna', [-8, 207, -10, 394], [10, 5.4, 5.5], { bend: -2, flare: 0.3 }),
];

const CARPALS: readonly BonePlan[] = [
  ...[17, 7, -4, -14].map((x, i) => plan(`carpal ${i}`, [x, 405, x - 2, 410], [6.5, 6.5, 6.5], { cortex: 0.15 })),
  ...[19, 9, -2, -12].map((x, i) => plan(`carpal ${i + 4}`, [x, 419, x - 1, 425], [6, 6, 6], { cortex: 0.15 })),
];

/** Roots, lengths of metacarpal and phalanges, and spread of the thumb and four fingers. */
const RAYS = [
  { root: [26, 424], lengths: [34, 26, 18], spread: 0.75 },
  { root: [14, 434], lengths: [52, 33, 20, 14], spread: 0.14 },
  { root: [4, 435], lengths: [51, 36, 23, 15], spread: 0.03 },
  { root: [-6, 434], lengths: [46, 33, 21, 15], spread: -0.09 },
  { root: [-15, 431], lengths: [42, 26, 16, 13], spread: -0.22 },
] as const;

/** The bones of an arm from collar bone to finger tips, each drawn slightly differently for every person. */
export function planSkeleton(random: DataRandom): BonePlan[] {
  const fan = random.between(0.7, 1.5);
  const fingers = RAYS.flatMap(({ root, lengths, spread }, ray) => {
    const curl = random.between(-0.12, 0.12);
    let [x, y, angle] = [root[0] as number, root[1] as number, spread * fan];
    return lengths.map((length, joint) => {
      const [fromX, fromY] = [x, y];
      [x, y] = [x + length * Math.sin(angle), y + length * Math.cos(angle)];
      const gap = 3.4;
      const points = [fromX, fromY, x - gap * Math.sin(angle), y - gap * Math.cos(angle)];
      angle += curl;
      const thin = 1 - 0.16 * joint;
      const name = joint === 0 ? `metacarpal ${ray}` : `phalanx ${ray} ${joint}`;
      return plan(name, points, [5.4 * thin, 3.5 * thin, 4.6 * thin], { cortex: 0.5, flare: 0.3 });
    });
  });
  const jitter = (value: number): number => value * random.between(0.9, 1.1);
  return [...SHOULDER, ...LONG_BONES, ...CARPALS, ...fingers].map((bone) => ({
    ...bone,
    ends: [jitter(bone.ends[0]), jitter(bone.ends[1])] as const,
    shaft: jitter(bone.shaft),
    cortex: Math.min(0.6, jitter(bone.cortex)),
  }));
}
