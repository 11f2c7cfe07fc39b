import { Sim4SegError, expectNotAborted, expectShape } from '@sim4seg/core';
import type {
  DecodedMasks,
  EncodedPrompts,
  FloatArray,
  GraphValue,
  ImageFeatures,
  MaskDecoder,
  MaskDecoderSizes,
  ModelBundle,
} from '@sim4seg/core';
import {
  MANY_TOKENS,
  MANY_TOKENS_BATCH,
  TEXT_TOKENS,
  batchRows,
  planBatches,
  planEqualBatches,
} from '../inference/batches.js';
import type { Batch } from '../inference/batches.js';
import { firstRows, floatOutput, floatValue, joinRows } from '../inference/graph-values.js';
import { decodeGraph } from './decode-graph.js';

export interface DecoderOptions {
  /** Plugin id; first part of the names of its graphs. */
  readonly id: string;
  readonly sizes: MaskDecoderSizes;
  /** Whether the graphs give `presenceLogits`. */
  readonly presence: boolean;
}

/** A mask decoder over the graphs of a bundle: rows are padded to compiled batch sizes and cut into several runs. */
export function createMaskDecoder(bundle: ModelBundle, { id, sizes, presence }: DecoderOptions): MaskDecoder {
  return {
    sizes,
    decode: async ({ features, prompts }, { signal }): Promise<DecodedMasks> => {
      expectNotAborted(signal);
      const image = imageInputs(features, sizes);
      const tokens = expectPrompts(prompts, sizes);
      const runs: Readonly<Record<string, GraphValue>>[] = [];
      const batches = plan(prompts.dense.shape[0] ?? 0, tokens);
      for (const batch of batches) {
        const inputs = { ...image, ...promptInputs(prompts, batch) };
        runs.push(
          await bundle.graphs.run(decodeGraph(id, { batch: batch.size, promptTokens: tokens }), inputs, { signal }),
        );
      }
      const joined = (name: string): FloatArray =>
        joinRows(runs.map((outputs, i) => firstRows(floatOutput(outputs, name), batches[i]?.count ?? 0)));
      return {
        lowResLogits: joined('lowResLogits'),
        predictedIou: joined('predictedIou'),
        presenceLogits: presence ? joined('presenceLogits') : null,
      };
    },
  };
}

function plan(rows: number, tokens: number): readonly Batch[] {
  return tokens === TEXT_TOKENS ? planBatches(rows) : planEqualBatches(rows, MANY_TOKENS_BATCH);
}

function imageInputs({ embedding, named }: ImageFeatures, sizes: MaskDecoderSizes): Record<string, GraphValue> {
  const { embeddingChannels, embeddingSide } = sizes;
  expectShape('embedding', embedding, [1, embeddingChannels, embeddingSide, embeddingSide]);
  const inputs: Record<string, GraphValue> = { embedding: floatValue(embedding.data, embedding.shape) };
  for (const name of sizes.features) {
    const feature = named[name];
    if (!feature) {
      throw new Sim4SegError('WIRING', {
        must: `the image encoder gives ${sizes.features.join(', ')}`,
        got: Object.keys(named).join(', ') || 'no further outputs',
        fix: 'choose a mask decoder without skips, or an image encoder that gives them',
      });
    }
    inputs[name] = floatValue(feature.data, feature.shape);
  }
  return inputs;
}

function promptInputs({ sparse, dense }: EncodedPrompts, batch: Batch): Record<string, GraphValue> {
  const rowsOf = ({ data, shape }: FloatArray): GraphValue => {
    const [, ...row] = shape;
    const length = row.reduce((product, size) => product * size, 1);
    return floatValue(batchRows(data, length, batch), [batch.size, ...row]);
  };
  return { sparse: rowsOf(sparse), dense: rowsOf(dense) };
}

/** Checks the prompts and returns the number of tokens of each. */
function expectPrompts(
  { sparse, dense }: EncodedPrompts,
  { embeddingChannels, embeddingSide }: MaskDecoderSizes,
): number {
  const symbols = expectShape('sparse', sparse, ['rows', 'tokens', embeddingChannels]);
  expectShape('dense', dense, ['rows', embeddingChannels, embeddingSide, embeddingSide], symbols);
  const tokens = symbols['tokens'] ?? 0;
  if (tokens === TEXT_TOKENS || tokens === MANY_TOKENS) return tokens;
  throw new Sim4SegError('SHAPE_MISMATCH', {
    must: `a prompt has ${TEXT_TOKENS} or ${MANY_TOKENS} tokens`,
    got: `${tokens}`,
    fix: 'fill the tokens up with "no point" rows, as sam-prompt-encoder does',
  });
}
