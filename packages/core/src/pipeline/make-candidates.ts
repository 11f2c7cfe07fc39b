import type { Candidate } from '../contracts/candidates.js';
import type { ModelFrame } from '../contracts/image.js';
import type { RowBand } from '../geometry/bilinear.js';
import { maskLogitsBands } from '../geometry/mask-logits.js';
import { emptyMask, paintValues } from '../masks/mask-bits.js';
import type { MaskBits } from '../masks/mask-bits.js';
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

/** Brings the planned masks of each path's [SEG] number `seg` into the original frame, in turns with other work. */
export async function makeCandidates(
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
): Promise<TracedCandidate[]> {
  const { lowResSide } = run.parts.maskDecoder.sizes;
  const toOriginal = maskLogitsBands(frame, lowResSide);
  const traced: TracedCandidate[] = [];
  for (const path of paths) {
    for (const [maskIndex, planned] of plan.entries()) {
      const row = rows.find((r) => r.path === path.report.index && r.seg === seg && r.variant === planned.variant);
      if (!row) continue;
      const candidate = await toCandidate(run, { path, row, planned, maskIndex, frame, toOriginal });
      traced.push({ candidate, row, planned });
    }
  }
  return traced;
}

interface CandidateSource {
  readonly path: SampledPath;
  readonly row: DecodedRow;
  readonly planned: PlannedMask;
  readonly maskIndex: number;
  readonly frame: ModelFrame;
  readonly toOriginal: ReturnType<typeof maskLogitsBands>;
}

async function toCandidate(
  run: Run,
  { path, row, planned, maskIndex, frame, toOriginal }: CandidateSource,
): Promise<Candidate> {
  const { parts } = run;
  const logits = row.lowResLogits[planned.decoderMask] as Float32Array;
  const { diagnosis, pathLogProb } = path.report;
  return {
    pathIndex: path.report.index,
    maskIndex,
    maskBits: await toMask(run, frame, toOriginal(logits)),
    maskConfidence: maskConfidence(logits, frame, parts.maskDecoder.sizes.lowResSide),
    predictedIou: row.predictedIou[planned.decoderMask] ?? 0,
    pathLogProb,
    diagnosisId: diagnosis === 'unparsed' ? null : diagnosis.id,
  };
}

/** The mask of logits that come in bands of rows of the original frame. */
async function toMask(run: Run, frame: ModelFrame, bands: Iterable<RowBand>): Promise<MaskBits> {
  const { request, settings } = run;
  const widthPx = frame.originalWidthPx;
  const mask = emptyMask({ widthPx, heightPx: frame.originalHeightPx, frameId: request.image.sha256 });
  const threshold = settings.maskThreshold(request.question);
  for (const { firstRow, data } of bands) {
    paintValues(mask, data, { from: firstRow * widthPx, threshold });
    await run.breathe();
  }
  return mask;
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
