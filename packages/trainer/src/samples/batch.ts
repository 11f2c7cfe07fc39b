import type { TrainingConversation } from '@sim4seg/compute';
import type { PhaseConfig, TrainingConfig } from '../config/training-schema.js';
import { conversationsOf } from './conversations.js';
import { planBatch } from './draw-plan.js';
import type { DrawPlace, PlannedDraw } from './draw-plan.js';
import { drawSample } from './draw-sample.js';
import type { DrawnSample } from './draw-sample.js';
import type { FrameSet } from './load-frames.js';
import type { SampleVocabulary } from './sample-vocabulary.js';

/** What a batch consists of before the LVLM has turned its texts into tokens; can cross a thread border. */
export interface Batch {
  readonly images: number;
  readonly sidePx: number;
  /** float32[n,3,s,s]; model frame; 0..1. */
  readonly image: Float32Array;
  /** float32[n,1,s,s]; share inside. */
  readonly maskTarget: Float32Array;
  /** float32[n]; 1 where what the first question asks for is there. */
  readonly present: Float32Array;
  readonly targetIds: Int32Array;
  readonly diagnosisIds: Int32Array;
  /** float32[n]; 0 where the case has no diagnosis. */
  readonly diagnosisWeights: Float32Array;
  /** float32[n,T]; 1 for cells of the token grid whose centre lies in the content. */
  readonly contentMask: Float32Array;
  readonly conversations: readonly (readonly TrainingConversation[])[];
  /** Ids of the cases, for messages. */
  readonly caseIds: readonly string[];
}

/** Sizes of a phase's images: side of the model frame, side of the token grid. */
export interface PhaseFrame {
  readonly sidePx: number;
  readonly gridSide: number;
}

/** Everything that batches of a run are made from. */
export interface BatchMaterial {
  readonly sets: readonly FrameSet[];
  readonly vocabulary: SampleVocabulary;
  /** Model frame and token grid of each phase. */
  readonly frames: readonly PhaseFrame[];
  readonly seed: number;
  readonly training: Pick<TrainingConfig, 'phases' | 'order' | 'content' | 'textWeights'>;
}

/** Makes the batch of one step: a function of the material and the place alone. */
export function makeBatch(material: BatchMaterial, place: { readonly phase: number; readonly step: number }): Batch {
  const phase = material.training.phases[place.phase] as PhaseConfig;
  const draws = planBatch(
    weighted(material.sets, phase.weights),
    { slots: phase.images, balanceTargets: phase.balanceTargets ?? false },
    toDrawPlace(material, phase, place.step),
  );
  return batchOfDraws(draws, material, { phase, index: place.phase });
}

/** Makes a batch of planned draws, as a phase has its batches. */
export function batchOfDraws(
  draws: readonly PlannedDraw[],
  { vocabulary, frames, training }: Pick<BatchMaterial, 'vocabulary' | 'frames' | 'training'>,
  { phase, index }: { readonly phase: PhaseConfig; readonly index: number },
): Batch {
  const frame = frames[index] as PhaseFrame;
  const { wrongTarget, augmentation } = phase;
  const settings = { wrongTarget, augmentation, withFacts: phase.conversations > 0, sidePx: frame.sidePx };
  const samples = draws.map((draw) => drawSample(draw, settings));
  const { order, content, textWeights: weights } = training;
  const conversations = samples.map((sample, i) =>
    conversationsOf(sample, phase.conversations, { random: draws[i]!.random.fork('text'), order, content, weights }),
  );
  return {
    ...toArrays(samples, vocabulary, frame),
    conversations,
    caseIds: samples.map(({ frame }) => frame.id),
  };
}

/** The sets with the weights of a phase; a set of weight 0 is left out. */
function weighted(sets: readonly FrameSet[], weights: readonly number[] | undefined): readonly FrameSet[] {
  if (!weights) return sets;
  return sets.map((set, i) => ({ ...set, weight: weights[i] ?? 0 })).filter(({ weight }) => weight > 0);
}

function toDrawPlace({ seed }: BatchMaterial, phase: PhaseConfig, step: number): DrawPlace {
  return { seed, phase: phase.name, step };
}

function toArrays(
  samples: readonly DrawnSample[],
  vocabulary: SampleVocabulary,
  { sidePx, gridSide }: PhaseFrame,
): Omit<Batch, 'conversations' | 'caseIds'> {
  const diagnosisOf = ({ frame }: DrawnSample): number => vocabulary.diagnoses.indexOf(frame.diagnosis ?? '');
  return {
    images: samples.length,
    sidePx,
    image: joined(samples.map(({ image }) => image)),
    maskTarget: joined(samples.map(({ mask }) => mask)),
    present: Float32Array.from(samples, ({ present }) => (present ? 1 : 0)),
    targetIds: Int32Array.from(samples, ({ target }) => vocabulary.targets.indexOf(target)),
    diagnosisIds: Int32Array.from(samples, (sample) => Math.max(0, diagnosisOf(sample))),
    diagnosisWeights: Float32Array.from(samples, (sample) => (diagnosisOf(sample) >= 0 ? 1 : 0)),
    contentMask: joined(samples.map(({ frame }) => contentCells(frame, gridSide))),
  };
}

/** 1 for cells of a grid over the padded frame whose centre lies in the content. */
function contentCells(
  { sidePx, contentWidthPx, contentHeightPx }: { sidePx: number; contentWidthPx: number; contentHeightPx: number },
  side: number,
): Float32Array {
  const cell = sidePx / side;
  return Float32Array.from({ length: side * side }, (_, i) => {
    const inside = ((i % side) + 0.5) * cell < contentWidthPx && (Math.floor(i / side) + 0.5) * cell < contentHeightPx;
    return inside ? 1 : 0;
  });
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}
