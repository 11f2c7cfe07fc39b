import { applyAugmentation, augmentRecipeFor, drawAugmentation, maskFacts, wrongTargetsFor } from '@sim4seg/data';
import type { AugmentStrength, MaskFacts, TrainingSquare } from '@sim4seg/data';
import type { PlannedDraw } from './draw-plan.js';
import type { TrainingFrame } from './training-frame.js';

/** Soft vessels of a pixel's width stay below 0.5; facts of a mask are read at a lower cut. */
const FACT_CUT = 0.35;
/** A target of which so little is left after augmentation counts as not there. */
const MIN_AREA_PX = 12;

/** One augmented image with the question that drives its mask. */
export interface DrawnSample {
  readonly frame: TrainingFrame;
  /** float32[3,s,s]; model frame; 0..1. */
  readonly image: Float32Array;
  /** float32[s,s]; model frame; share inside, of the target that is asked for; zero where it is not there. */
  readonly mask: Float32Array;
  /** The target that is asked for. */
  readonly target: string;
  readonly present: boolean;
  /** Facts of the frame's own target after augmentation, null where it is not there. */
  readonly facts: MaskFacts | null;
}

export interface DrawSettings {
  readonly wrongTarget: number;
  readonly augmentation: AugmentStrength;
  /** Side of the model frame; the frame's own side is a multiple of it. */
  readonly sidePx: number;
  /** Facts cost time; only text needs them. */
  readonly withFacts: boolean;
}

/** Augments a planned frame and decides which target is asked for. */
export function drawSample({ frame, random }: PlannedDraw, settings: DrawSettings): DrawnSample {
  const recipe = augmentRecipeFor(frame.subject.modality, settings.augmentation);
  const change = drawAugmentation(recipe, random.fork('augment'));
  const square = toSquare(frame, settings.sidePx);
  const { image, mask } = applyAugmentation(square, change);
  const own = mask ?? new Float32Array(square.sidePx ** 2);
  const chance = random.fork('target');
  const wrong = wrongTargetsFor(frame.subject);
  const asksWrong = wrong.length > 0 && chance.uniform() < settings.wrongTarget;
  const there = frame.present && areaOf(own) >= MIN_AREA_PX;
  return {
    frame,
    image,
    mask: asksWrong || !there ? new Float32Array(own.length) : own,
    target: asksWrong ? chance.pick(wrong) : frame.subject.target,
    present: there && !asksWrong,
    facts:
      there && settings.withFacts
        ? maskFacts(own, { ...square, widthPx: square.sidePx, heightPx: square.sidePx }, FACT_CUT)
        : null,
  };
}

function toSquare(frame: TrainingFrame, sidePx: number): TrainingSquare {
  const factor = frame.sidePx / sidePx;
  return {
    image: toFloats(frame.pixels, frame.sidePx, factor),
    mask: toFloats(frame.mask, frame.sidePx, factor),
    sidePx,
    contentWidthPx: Math.max(1, Math.round(frame.contentWidthPx / factor)),
    contentHeightPx: Math.max(1, Math.round(frame.contentHeightPx / factor)),
  };
}

/** uint8[planes,side,side] as 0..1, averaged over squares of `factor` pixels. */
function toFloats(values: Uint8Array, side: number, factor: number): Float32Array {
  const to = side / factor;
  const out = new Float32Array(values.length / factor ** 2);
  const scale = 1 / (255 * factor ** 2);
  for (let i = 0; i < values.length; i++) {
    const row = Math.floor(i / side);
    out[Math.floor(row / factor) * to + Math.floor((i % side) / factor)]! += (values[i] as number) * scale;
  }
  return out;
}

function areaOf(mask: Float32Array): number {
  let area = 0;
  for (const share of mask) area += share;
  return area;
}
