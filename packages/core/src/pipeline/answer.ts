import type { TtsConfig } from '../config/config.js';
import type { Candidate } from '../contracts/candidates.js';
import type { FloatArray } from '../contracts/arrays.js';
import type { MedicalImage, ModelFrame } from '../contracts/image.js';
import type { FinishReason } from '../contracts/lvlm.js';
import type { Observer } from '../contracts/observer.js';
import type { Presence } from '../contracts/presence.js';
import type { ChosenCells, RegionPrompts } from '../contracts/region-prior.js';
import type { MaskBits } from '../masks/mask-bits.js';
import type { ParsedDiagnosis } from '../text/parse-diagnosis.js';

/** A question about an image. Ground truth has no place in it. */
export interface AnswerRequest {
  readonly image: MedicalImage;
  readonly question: string;
  readonly seed: number;
  /** Overrides the pipeline's own. */
  readonly tts?: TtsConfig | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Sees the events of this answer, beside the pipeline's own observers. */
  readonly observer?: Observer | undefined;
}

/** One reasoning path as the answer reports it. */
export interface PathReport {
  readonly index: number;
  readonly text: string;
  readonly tokenIds: readonly number[];
  readonly finish: FinishReason;
  readonly diagnosis: ParsedDiagnosis;
  /** Mean token log-probability. */
  readonly pathLogProb: number;
  readonly presentProb: number | null;
  /** Number of [SEG] in the path; null where the LVLM cannot tell. */
  readonly segCount: number | null;
}

/** What a mask rests on, for looking at. */
export interface FindingEvidence {
  /** float32[rows, columns]; token grid; before any threshold. */
  readonly similarity: FloatArray | null;
  readonly cells: ChosenCells | null;
  readonly prompts: RegionPrompts;
  /** Prior variant and decoder output that the chosen mask came from. */
  readonly variant: number;
  readonly decoderMask: number;
}

/** One finding; several where the answer holds several [SEG]. */
export interface Finding {
  readonly index: number;
  readonly presence: Presence;
  readonly diagnosis: ParsedDiagnosis;
  readonly reasoning: string;
  /** In the original frame; empty where the target is absent; null where the wiring can give no mask. */
  readonly maskBits: MaskBits | null;
  /** 0..1: see `findingConfidence`. */
  readonly confidence: number;
  /** Index of the chosen candidate; null where there was none to choose from. */
  readonly selected: number | null;
  readonly candidates: readonly Candidate[];
  /** What the selector gave each candidate. */
  readonly scores: readonly number[];
  /** One row a configured scorer. */
  readonly scorerScores: readonly (readonly number[])[];
  readonly evidence: FindingEvidence | null;
}

/** Wall times of the steps. */
export interface AnswerTimings {
  readonly encodeMs: number;
  readonly prefillMs: number;
  readonly sampleMs: number;
  readonly maskMs: number;
  readonly totalMs: number;
}

/** The answer to a question. */
export interface Answer {
  /** Of what was asked. */
  readonly presence: Presence;
  readonly presentProb: number;
  readonly diagnosis: ParsedDiagnosis;
  readonly reasoning: string;
  readonly confidence: number;
  readonly findings: readonly Finding[];
  /** Union of the masks of all findings; null where the wiring can give no mask. */
  readonly maskBits: MaskBits | null;
  readonly paths: readonly PathReport[];
  readonly frame: ModelFrame;
  readonly seed: number;
  readonly tts: TtsConfig;
  readonly timings: AnswerTimings;
  readonly notes: readonly string[];
}
