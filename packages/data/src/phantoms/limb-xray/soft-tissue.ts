import type { DataRandom } from '../../random.js';
import { sampleField } from '../draw/field.js';
import { createNoise, fractal } from '../draw/noise.js';
import type { Plane } from '../draw/plane.js';
import type { Point } from '../draw/strokes.js';
import type { DrawingSize } from '../phantom.js';
import type { BonePlan } from './skeleton.js';
import type { ArmView } from './view.js';

/** What the flesh lies around; the chest is only seen beside the shoulder and the upper arm. */
interface FleshPlan {
  readonly bones: readonly BonePlan[];
  readonly view: ArmView;
  readonly cast: boolean;
  readonly chest: boolean;
}

interface Limb {
  readonly from: Point;
  readonly to: Point;
  readonly fromRadius: number;
  readonly toRadius: number;
}

/** Path of the ray through flesh, about 0..1.5: rounded limbs, the chest at the shoulder, sometimes a cast around. */
export function drawFlesh(size: DrawingSize, { bones, view, cast, chest }: FleshPlan, random: DataRandom): Plane {
  const fat = random.between(0.85, 1.25);
  const limbs = planLimbs(bones, chest).map(({ from, to, fromRadius, toRadius }) => ({
    from: view.toPicture(from),
    to: view.toPicture(to),
    fromRadius: fromRadius * fat * view.zoom,
    toRadius: toRadius * fat * view.zoom,
    bulk: Math.min(1, (fat * (fromRadius + toRadius)) / 80),
  }));
  const muscle = fractal(createNoise(random.fork('muscle')), 3);
  const wrap = fractal(createNoise(random.fork('wrap')), 2);
  const castWidth = random.between(5, 10) * view.zoom;
  return sampleField(size, 2.5, (x, y) => {
    let depth = 0;
    let plaster = 0;
    for (const limb of limbs) {
      const level = limbLevel(limb, x, y);
      const inside = 1 - level * level;
      if (inside > 0) depth = Math.max(depth, Math.sqrt(inside) * (0.55 + 0.45 * limb.bulk));
      if (cast) plaster = Math.max(plaster, castShare((level - 1) * limb.toRadius, castWidth));
    }
    const texture = 1 + 0.09 * muscle(x / 22, y / 34);
    return depth * texture + plaster * (0.22 + 0.08 * wrap(x / 4, y / 9));
  });
}

function castShare(out: number, width: number): number {
  if (out > width + 1.5) return 0;
  return out < -2 ? 0.45 : Math.min(1, (width + 1.5 - out) / 2);
}

function planLimbs(bones: readonly BonePlan[], chest: boolean): Limb[] {
  const limb = (points: readonly number[], fromRadius: number, toRadius: number): Limb => {
    const [fromX = 0, fromY = 0, toX = 0, toY = 0] = points;
    return { from: { x: fromX, y: fromY }, to: { x: toX, y: toY }, fromRadius, toRadius };
  };
  const fingers = bones.filter(({ name }) => /^phalanx|^metacarpal 0/.test(name));
  return [
    ...(chest ? [limb([-110, 60, -100, 160], 88, 80)] : []),
    limb([-80, -20, -6, 6], 38, 38),
    limb([0, 0, 0, 205], 38, 29),
    limb([0, 205, 0, 300], 31, 28),
    limb([0, 300, 2, 400], 28, 21),
    limb([2, 400, 0, 470], 23, 33),
    ...fingers.map(({ from, to, name }) => ({
      from,
      to: stretch(from, to),
      fromRadius: name.startsWith('m') ? 12 : 8.4,
      toRadius: name.startsWith('m') ? 9 : 7.2,
    })),
  ];
}

/** Flesh goes on beyond the tip of the bone. */
function stretch(from: Point, to: Point): Point {
  return { x: to.x + 0.15 * (to.x - from.x), y: to.y + 0.15 * (to.y - from.y) };
}

/** Distance from the limb's axis as a share of the limb's radius there. */
function limbLevel({ from, to, fromRadius, toRadius }: Limb, x: number, y: number): number {
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const px = x - from.x;
  const py = y - from.y;
  const t = Math.min(1, Math.max(0, (px * dx + py * dy) / Math.max(1e-6, dx * dx + dy * dy)));
  const ox = px - t * dx;
  const oy = py - t * dy;
  return Math.sqrt(ox * ox + oy * oy) / (fromRadius + t * (toRadius - fromRadius));
}
