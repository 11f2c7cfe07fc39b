import type { TensorValue } from '@sim4seg/compute';
import {
  normaliseSimilarity,
  officialCellMeans,
  officialCells,
  officialPromptMask,
  similarityOf,
} from '@sim4seg/rvls2m';
import type { WholeBatch } from './batch.js';
import { sizeOf } from './settings.js';
import type { WholeConfig } from './settings.js';

/** The region prior of one conversation, on the way to its mask. */
export interface ConversationPrior {
  /** float32[T] */
  readonly similarity: Float32Array;
  readonly normalised: Float32Array;
  /** float32[S*S]; 0 or 1 */
  readonly mask: Float32Array;
}

/** Priors of all conversations from `projected` float32[rows,length,D]. */
export function priorsOf(projected: TensorValue, batch: WholeBatch, config: WholeConfig): ConversationPrior[] {
  const [, length = 0, width = 0] = projected.shape;
  const data = projected.data as Float32Array;
  return batch.segRows.map((seg, row) => {
    const at = (place: number): number => (row * length + place) * width;
    const [from, to] = batch.imageRows[row]!;
    const similarity = similarityOf(data.slice(at(from), at(to)), data.slice(at(seg), at(seg + 1)));
    const normalised = normaliseSimilarity(similarity);
    const size = sizeOf(config.items![batch.imageOf[row]!]!.image_hw);
    const chosen = officialCells(officialCellMeans(normalised, size, config.grid), config.top_n);
    return { similarity, normalised, mask: officialPromptMask(chosen, config.grid, config.prompt_mask_size) };
  });
}
