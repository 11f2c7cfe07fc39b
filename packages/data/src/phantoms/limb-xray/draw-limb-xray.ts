import { pick } from '../../random.js';
import type { DataRandom } from '../../random.js';
import { createNoise } from '../draw/noise.js';
import { bitsAbove, createPlane } from '../draw/plane.js';
import type { Plane } from '../draw/plane.js';
import { fillPolygon } from '../draw/polygon.js';
import type { Drawing, DrawingSize } from '../phantom.js';
import { addBone, boneRadius, fromBoneFrame, placeBone } from './bone.js';
import type { Bone } from './bone.js';
import { developFilm } from './film.js';
import { drawFracture, fractureRegion } from './fracture.js';
import type { Fracture } from './fracture.js';
import { drawImplant } from './implant.js';
import { drawFlesh } from './soft-tissue.js';
import { planSkeleton } from './skeleton.js';
import type { Region } from './skeleton.js';
import { drawArmView, drawSites, REGION_NAMES, REGIONS } from './view.js';

const FRACTURE_SHARE = 0.72;
const IMPLANT_SHARE = 0.3;
const CAST_SHARE = 0.15;
/** Young bones have dark growth plates near their ends, which are no fractures. */
const YOUNG_SHARE = 0.3;

/** Draws an X-ray of a part of an arm: bones, mostly a fracture, sometimes metal, a cast or open growth plates. */
export function drawLimbXray(size: DrawingSize, random: DataRandom): Drawing {
  const region = pick(REGION_NAMES, random);
  const plans = planSkeleton(random.fork('skeleton'));
  const view = drawArmView(region, size, random.fork('view'));
  const bones = plans.map((plan) => placeBone(plan, view));
  const site = findSite(region, { bones, size }, random.fork('site'));
  const broken = site !== null && random.chance(FRACTURE_SHARE);
  const fracture = broken ? drawFracture(site.along, boneRadius(site.bone, site.along), random.fork('fracture')) : null;
  const metal =
    site !== null && random.chance(IMPLANT_SHARE)
      ? drawImplant(size, site.bone, site.along, random.fork('metal'))
      : null;
  const young = random.chance(YOUNG_SHARE);
  const bone = createPlane(size);
  const grain = createNoise(random.fork('grain'));
  for (const one of bones) {
    const plate = young ? growthPlate(one, random.fork(one.plan.name)) : null;
    addBone(bone, one, { size, fracture: one === site?.bone && fracture !== null ? fracture : plate, grain });
  }
  const cast = random.chance(CAST_SHARE);
  const chest = region === 'shoulder' || region === 'humerus';
  const flesh = drawFlesh(size, { bones: plans, view, cast, chest }, random.fork('flesh'));
  const outline = fracture === null || site === null ? [] : fractureRegion(fracture, random.fork('region'));
  const fractureBits = new Uint8Array(size.widthPx * size.heightPx);
  if (site !== null)
    fillPolygon(
      fractureBits,
      size,
      outline.map((corner) => toPixels(site.bone, corner, size)),
    );
  const diagnosis = fractureBits.includes(1) ? `${region} fracture` : null;
  return {
    picture: developFilm({ flesh, bone, metal }, size, random.fork('film')),
    targets: [
      toTarget('fracture region (coarse polygon)', fractureBits, { size, region, diagnosis }),
      toTarget('metal implant', markMetal(metal, size), { size, region, diagnosis: null }),
    ],
  };
}

interface Site {
  readonly bone: Bone;
  readonly along: number;
}

/** A place of the region that lies well inside the picture, or null where this view shows none. */
function findSite(
  region: Region,
  { bones, size }: { readonly bones: readonly Bone[]; readonly size: DrawingSize },
  random: DataRandom,
): Site | null {
  const plans = bones.map(({ plan }) => plan);
  const seen = drawSites(region, plans, random).flatMap(({ bone: plan, share }): Site[] => {
    const bone = bones[plans.indexOf(plan)];
    if (bone === undefined) return [];
    const { x, y } = toPixels(bone, { x: 0, y: share * bone.length }, size);
    const margin = 0.09 * size.widthPx;
    const inside = x > margin && y > margin && x < size.widthPx - margin && y < size.heightPx - margin;
    return inside ? [{ bone, along: share * bone.length }] : [];
  });
  return seen.length === 0 ? null : pick(seen, random);
}

function toPixels(bone: Bone, point: { readonly x: number; readonly y: number }, { unitPx }: DrawingSize) {
  const { x, y } = fromBoneFrame(bone, point);
  return { x: x * unitPx, y: y * unitPx };
}

/** A growth plate looks like a break without any shift: a wavy dark line across the bone near its end. */
function growthPlate(bone: Bone, random: DataRandom): Fracture | null {
  if (/carpal|scapula|acromion|epicondyle/.test(bone.plan.name)) return null;
  const along = bone.length * (random.chance(0.5) ? random.between(0.05, 0.09) : random.between(0.9, 0.95));
  const plate = drawFracture(along, boneRadius(bone, along), random);
  return {
    ...plate,
    step: 0,
    tilt: 0,
    depth: random.between(0.25, 0.6),
    lineAt: (across) => along + 0.006 * across ** 2,
  };
}

function markMetal(metal: Plane | null, { widthPx, heightPx }: DrawingSize): Uint8Array {
  if (metal === null) return new Uint8Array(widthPx * heightPx);
  return bitsAbove(metal, 0.5);
}

function toTarget(
  target: string,
  maskBits: Uint8Array,
  about: { readonly size: DrawingSize; readonly region: Region; readonly diagnosis: string | null },
) {
  const mask = { maskBits, widthPx: about.size.widthPx, heightPx: about.size.heightPx };
  const { anatomy } = REGIONS[about.region];
  return { modality: 'x-ray', anatomy, target, present: maskBits.includes(1), diagnosis: about.diagnosis, mask };
}
