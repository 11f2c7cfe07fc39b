import type { ModelFrame } from '../contracts/image.js';
import type { LvlmPrefix } from '../contracts/lvlm.js';
import type { RegionPriorOutput, RegionPrompts } from '../contracts/region-prior.js';
import { expectShape } from '../shape.js';
import { askPart } from './ask-part.js';
import type { Run } from './run.js';
import type { SampledPath } from './sample-paths.js';

/** One decoder row: the prompts of one prior variant for one [SEG] of one path. */
export interface PromptRow {
  readonly path: number;
  readonly seg: number;
  readonly variant: number;
  readonly prior: RegionPriorOutput;
  /** float32[D]; the text prompt; null where the LVLM gives none. */
  readonly segEmbedding: Float32Array | null;
}

/** Region prompts for every path x [SEG] x variant; a path without a [SEG] has none. */
export function regionPrompts(
  run: Run,
  {
    prefix,
    paths,
    frame,
    variants,
  }: { prefix: LvlmPrefix; paths: readonly SampledPath[]; frame: ModelFrame; variants: number },
): PromptRow[] {
  if (!run.fit.givesMasks) return [];
  const imageTokens = prefix.imageTokens && { data: prefix.imageTokens.data, shape: prefix.imageTokens.shape.slice(1) };
  const shared = {
    imageTokens,
    tokenRows: run.parts.lvlm.sizes.tokenRows,
    tokenColumns: run.parts.lvlm.sizes.tokenColumns,
    frame: ofSide(prefix.frame ?? frame, frame.sidePx),
    promptSide: run.parts.promptEncoder.sizes.promptSide,
  };
  const rows: PromptRow[] = [];
  for (const { report, segEmbeddings } of paths) {
    // An LVLM that gives no seg embeddings is prompted by the prior alone, once a path.
    (segEmbeddings ?? [null]).forEach((segEmbedding, seg) => {
      for (let variant = 0; variant < variants; variant++) {
        const prior = askPart(run.parts, 'regionPrior', () => {
          const made = run.parts.regionPrior.promptsFor({ ...shared, segEmbedding, variant });
          expectPrompts(made.prompts, shared.promptSide);
          return made;
        });
        rows.push({ path: report.index, seg, variant, prior, segEmbedding });
        run.emit({ type: 'prior', path: report.index, variant });
      }
    });
  }
  return rows;
}

/** The same layout in a frame of another side: points and boxes are for the segmenter, whatever side the LVLM sees. */
function ofSide(frame: ModelFrame, sidePx: number): ModelFrame {
  if (frame.sidePx === sidePx) return frame;
  const scaled = (length: number): number => Math.max(1, Math.round((length * sidePx) / frame.sidePx));
  const { contentWidthPx, contentHeightPx } = frame;
  return { ...frame, sidePx, contentWidthPx: scaled(contentWidthPx), contentHeightPx: scaled(contentHeightPx) };
}

function expectPrompts({ mask, points, pointLabels, boxes }: RegionPrompts, side: number): void {
  if (mask) expectShape('region prior mask', mask, [1, 1, side, side]);
  const count = points ? expectShape('region prior points', points, [1, 'points', 2]) : {};
  if (pointLabels) expectShape('region prior point labels', pointLabels, [1, 'points'], count);
  if (boxes) expectShape('region prior boxes', boxes, [1, 4]);
}
