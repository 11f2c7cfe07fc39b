import type { Candidate } from '../contracts/candidates.js';
import type { ModelFrame } from '../contracts/image.js';
import { maskLogitsMapper } from '../geometry/mask-logits.js';
import type { MaskLogitsMapper } from '../geometry/mask-logits.js';
import { maskFromValues } from '../masks/mask-bits.js';
import type { PlannedMask } from './candidate-plan.js';
import type { DecodedRow } from './decode-rows.js';
import type { Run } from './run.js';
import type { SampledPath } from './sample-paths.js';

/** A candidate with the decoder row and the plan entry that it came from. */
export interface TracedCandidate {
  readonly candidate: Candidate;
  readonly row: DecodedRow;
  readonly planned: PlannedMask;
}

/** Brings the planned masks of each path's [SEG] number `seg` into the original frame. */
export function makeCandidates(
  run: Run,
  {
    seg,
    rows,
    paths,
    plan,
    frame,
  }: {
    seg: number;
    rows: readonly DecodedRow[];
    paths: readonly SampledPath[];
    plan: readonly PlannedMask[];
    frame: ModelFrame;
  },
): TracedCandidate[] {
  const { lowResSide } = run.parts.maskDecoder.sizes;
  const toOriginal = maskLogitsMapper(frame, lowResSide);
  return paths.flatMap((path) =>
    plan.flatMap((planned, maskIndex) => {
      const row = rows.find((r) => r.path === path.report.index && r.seg === seg && r.variant === planned.variant);
      if (!row) return [];
      const candidate = toCandidate(run, { path, row, planned, maskIndex, frame, toOriginal });
      return [{ candidate, row, planned }];
    }),
  );
}

interface CandidateSource {
  readonly path: SampledPath;
  readonly row: DecodedRow;
  readonly planned: PlannedMask;
  readonly maskIndex: number;
  readonly frame: ModelFrame;
  readonly toOriginal: MaskLogitsMapper;
}

function toCandidate(run: Run, { path, row, planned, maskIndex, frame, toOriginal }: CandidateSource): Candidate {
  const { request, settings, parts } = run;
  const logits = row.lowResLogits[planned.decoderMask] as Float32Array;
  const { data, widthPx, heightPx } = toOriginal(logits);
  const place = { widthPx, heightPx, frameId: request.image.sha256 };
  const { diagnosis, pathLogProb } = path.report;
  return {
    pathIndex: path.report.index,
    maskIndex,
    maskBits: maskFromValues(data, place, settings.maskThreshold(request.question)),
    maskConfidence: maskConfidence(logits, frame, parts.maskDecoder.sizes.lowResSide),
    predictedIou: row.predictedIou[planned.decoderMask] ?? 0,
    pathLogProb,
    diagnosisId: diagnosis === 'unparsed' ? null : diagnosis.id,
  };
}

/** Mean of max(p, 1 - p) over the content of the model frame; the padding says nothing. */
function maskConfidence(lowResLogits: Float32Array, frame: ModelFrame, side: number): number {
  const columns = Math.max(1, Math.round((frame.contentWidthPx * side) / frame.sidePx));
  const rows = Math.max(1, Math.round((frame.contentHeightPx * side) / frame.sidePx));
  let sum = 0;
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) sum += 1 / (1 + Math.exp(-Math.abs(lowResLogits[y * side + x] as number)));
  }
  return sum / (rows * columns);
}
