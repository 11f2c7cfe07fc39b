import type { DataRandom } from '../../random.js';
import { createNoise } from '../draw/noise.js';
import type { Noise } from '../draw/noise.js';
import type { Point } from '../draw/strokes.js';
import type { Eye } from './eye.js';
import type { FundusStyle } from './fundus-style.js';

/** One vessel between its root and its end; drawing units. */
export interface Vessel {
  readonly kind: 'artery' | 'vein';
  readonly points: readonly Point[];
  /** Diameter at each point. */
  readonly widths: readonly number[];
}

/** A vessel that still has to grow. */
interface Bud extends Point {
  readonly kind: Vessel['kind'];
  /** Heading at the root and, after `turnLength`, for good. */
  readonly heading: number;
  readonly lastHeading: number;
  readonly turnLength: number;
  readonly width: number;
  readonly order: number;
}

const STEP = 3.2;
const THINNEST = 0.55;
const MOST_VESSELS = 170;
const MOST_ORDERS = 6;

/**
 * Grows arteries and veins from the disc: arcades around the macula, nasal vessels and thin macular ones. Widths at a
 * fork follow Murray's law (cubes add up), and so do the angles of both branches.
 * @source C. D. Murray, The physiological principle of minimum work, PNAS 12 (1926): the law of widths and angles
 */
export function growVessels(eye: Eye, style: FundusStyle, random: DataRandom): Vessel[] {
  const wander = createNoise(random.fork('wander'));
  const buds = rootBuds(eye, random.fork('roots'));
  const vessels: Vessel[] = [];
  for (let bud = buds.shift(); bud !== undefined && vessels.length < MOST_VESSELS; bud = buds.shift()) {
    const grown = growVessel(bud, { eye, style, wander, random: random.fork(vessels.length) });
    if (grown.vessel.points.length > 2) vessels.push(grown.vessel);
    buds.push(...grown.buds);
  }
  return vessels;
}

/** Headings in degrees from the temporal direction, upwards; the lower half mirrors them. */
const ROOTS = [
  { from: [62, 98], to: [-24, 14], width: 1 },
  { from: [104, 142], to: [120, 176], width: 0.68 },
  { from: [18, 44], to: [-12, 26], width: 0.36 },
  { from: [150, 176], to: [150, 190], width: 0.4 },
] as const;

function rootBuds(eye: Eye, random: DataRandom): Bud[] {
  const scale = Math.min(2.9, 0.2 * eye.discRadius);
  const buds: Bud[] = [];
  for (const root of ROOTS) {
    for (const side of [-1, 1]) {
      for (const kind of ['vein', 'artery'] as const) {
        if (root.width < 0.5 && random.chance(0.35)) continue;
        const toHeading = (degrees: number): number => {
          const radians = (side * degrees * Math.PI) / 180;
          return eye.temporal === 1 ? radians : Math.PI - radians;
        };
        buds.push({
          kind,
          x: eye.disc.x + random.between(-0.22, 0.22) * eye.discRadius,
          y: eye.disc.y + side * random.between(0.02, 0.25) * eye.discRadius,
          heading: toHeading(random.between(root.from[0], root.from[1])),
          lastHeading: toHeading(random.between(root.to[0], root.to[1])),
          turnLength: Math.abs(eye.macula.x - eye.disc.x) * random.between(1.5, 2.5),
          width: scale * root.width * (kind === 'vein' ? 1.3 : 0.95) * random.between(0.85, 1.1),
          order: 0,
        });
      }
    }
  }
  return buds;
}

interface Soil {
  readonly eye: Eye;
  readonly style: FundusStyle;
  readonly wander: Noise;
  readonly random: DataRandom;
}

function growVessel(bud: Bud, soil: Soil): { readonly vessel: Vessel; readonly buds: Bud[] } {
  const { style, wander, random } = soil;
  const points: Point[] = [{ x: bud.x, y: bud.y }];
  const widths = [bud.width];
  const buds: Bud[] = [];
  const row = random.between(0, 60);
  const swing = style.tortuosity * (bud.order === 0 ? 0.5 : 0.9);
  let { x, y, width } = bud;
  let [length, turned] = [0, 0];
  let untilFork = drawUntilFork(width, random);
  while (goesOn({ x, y }, width, soil.eye)) {
    const share = Math.min(1, length / bud.turnLength);
    const heading = bud.heading + (bud.lastHeading - bud.heading) * share + turned + swing * wander(length / 11, row);
    [x, y, length] = [x + STEP * Math.cos(heading), y + STEP * Math.sin(heading), length + STEP];
    width *= 1 - 0.0016 * STEP;
    untilFork -= STEP;
    if (untilFork < 0 && bud.order < MOST_ORDERS) {
      const fork = drawFork({ ...bud, x, y, heading, width }, random);
      [width, turned, untilFork] = [fork.width, turned + fork.turn, drawUntilFork(fork.width, random)];
      buds.push(fork.bud);
    }
    points.push({ x, y });
    widths.push(width * (bud.kind === 'vein' ? 1 + style.beading * wander(length / 3, row + 2) : 1));
  }
  return { vessel: { kind: bud.kind, points, widths }, buds };
}

/** Distance to the next fork: exponential, longer for wide vessels. */
function drawUntilFork(width: number, random: DataRandom): number {
  return 5 + (7 + 8 * width) * -Math.log(1 - random.uniform());
}

/** A side branch, and what is left of the trunk: its width, and the turn that balances the branch's pull. */
function drawFork(
  trunk: Bud,
  random: DataRandom,
): { readonly bud: Bud; readonly width: number; readonly turn: number } {
  const side = random.chance(0.5) ? 1 : -1;
  const [whole, branch] = [trunk.width, trunk.width * random.between(0.42, 0.8)];
  const rest = Math.cbrt(whole ** 3 - branch ** 3);
  const branchAngle = Math.acos(murrayCosine(whole, branch, rest));
  const restAngle = Math.acos(murrayCosine(whole, rest, branch));
  const heading = trunk.heading + side * branchAngle * random.between(0.9, 1.2);
  const lastHeading = heading - side * branchAngle * random.between(-0.4, 0.35);
  const bud = { ...trunk, heading, lastHeading, turnLength: 40, width: branch, order: trunk.order + 1 };
  return { bud, width: rest, turn: -0.35 * side * restAngle };
}

function murrayCosine(whole: number, one: number, other: number): number {
  return Math.min(1, Math.max(-1, (whole ** 4 + one ** 4 - other ** 4) / (2 * whole ** 2 * one ** 2)));
}

/** Vessels end where they are too thin, outside of the field, and before the centre of the macula. */
function goesOn({ x, y }: Point, width: number, { field, fieldRadius, macula, discRadius }: Eye): boolean {
  if (width < THINNEST) return false;
  if (Math.hypot(x - field.x, y - field.y) > fieldRadius * 1.5) return false;
  return Math.hypot(x - macula.x, y - macula.y) > discRadius * 0.75;
}
