import { pick } from '../../random.js';
import type { DataRandom } from '../../random.js';
import type { Point } from '../draw/strokes.js';
import type { DrawingSize } from '../phantom.js';
import type { BonePlan, Region } from './skeleton.js';

/** What is X-rayed and where it breaks if it does. */
interface RegionPlan {
  readonly anatomy: string;
  /** Middle of the picture along the arm, and how far it may be off. */
  readonly along: number;
  readonly slack: number;
  readonly across: number;
  readonly zoom: readonly [low: number, high: number];
  /** Places of breaks: bone, and range along it as shares of its length. */
  readonly sites: readonly (readonly [bone: string | RegExp, low: number, high: number])[];
}

/** Words of anatomy as in the data set. */
export const REGIONS: Readonly<Record<Region, RegionPlan>> = {
  shoulder: {
    anatomy: 'shoulder',
    along: 22,
    slack: 14,
    across: -24,
    zoom: [0.85, 1.25],
    sites: [
      ['humerus', 0.04, 0.22],
      ['clavicle', 0.2, 0.7],
    ],
  },
  humerus: {
    anatomy: 'upper arm',
    along: 105,
    slack: 18,
    across: 0,
    zoom: [0.72, 0.95],
    sites: [['humerus', 0.25, 0.8]],
  },
  elbow: {
    anatomy: 'elbow',
    along: 214,
    slack: 14,
    across: 0,
    zoom: [1, 1.7],
    sites: [
      ['humerus', 0.88, 0.99],
      ['ulna', 0.01, 0.12],
      ['radius', 0.03, 0.12],
    ],
  },
  forearm: {
    anatomy: 'forearm',
    along: 308,
    slack: 22,
    across: 0,
    zoom: [0.75, 1.05],
    sites: [
      ['radius', 0.25, 0.78],
      ['ulna', 0.25, 0.8],
    ],
  },
  wrist: {
    anatomy: 'wrist',
    along: 402,
    slack: 14,
    across: 2,
    zoom: [1.1, 1.9],
    sites: [
      ['radius', 0.86, 0.97],
      ['ulna', 0.88, 0.97],
      [/^carpal 0/, 0.3, 0.7],
    ],
  },
  finger: { anatomy: 'fingers', along: 492, slack: 16, across: 0, zoom: [1.15, 2.2], sites: [[/^phalanx/, 0.1, 0.9]] },
};

export const REGION_NAMES = Object.keys(REGIONS) as Region[];

/** Takes places of the arm's frame to drawing units of the picture. */
export interface ArmView {
  readonly zoom: number;
  toPicture(point: Point): Point;
}

/** Draws how the arm lies: mostly upright, sometimes across, with the elbow more or less bent. */
export function drawArmView(region: Region, size: DrawingSize, random: DataRandom): ArmView {
  const { along, slack, across, zoom: range } = REGIONS[region];
  const zoom = random.between(range[0], range[1]);
  const lying = random.chance(0.25) ? Math.PI / 2 : random.chance(0.2) ? Math.PI : 0;
  const turn = lying + random.between(-0.45, 0.45);
  const mirror = random.chance(0.5) ? 1 : -1;
  const middle = { x: across + random.between(-10, 10), y: along + random.between(-slack, slack) };
  const bent = region === 'elbow' ? random.between(0, 1.3) : random.between(-0.1, 0.35);
  const pose = bendAt({ x: 0, y: 212 }, bent * pick([1, 1, -0.2], random));
  const [width, height] = [size.widthPx / size.unitPx, size.heightPx / size.unitPx];
  const pivot = pose(middle);
  const [cos, sin] = [Math.cos(turn) * zoom, Math.sin(turn) * zoom];
  return {
    zoom,
    toPicture(point) {
      const posed = pose(point);
      const [u, v] = [mirror * (posed.x - pivot.x), posed.y - pivot.y];
      return { x: width / 2 + cos * u - sin * v, y: height / 2 + sin * u + cos * v };
    },
  };
}

function bendAt(joint: Point, angle: number): (point: Point) => Point {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return (point) => {
    if (point.y <= joint.y) return point;
    const [dx, dy] = [point.x - joint.x, point.y - joint.y];
    return { x: joint.x + cos * dx + sin * dy, y: joint.y - sin * dx + cos * dy };
  };
}

/** Bones at which the region may break, each with a place along it. */
export function drawSites(
  region: Region,
  bones: readonly BonePlan[],
  random: DataRandom,
): { bone: BonePlan; share: number }[] {
  return REGIONS[region].sites.flatMap(([name, low, high]) => {
    const found = bones.filter((bone) => (typeof name === 'string' ? bone.name === name : name.test(bone.name)));
    return found.map((bone) => ({ bone, share: random.between(low, high) }));
  });
}
