import { initParams } from '@sim4seg/compute';
import type { Program, Trainable } from '@sim4seg/compute';
import { POSITION_MATRIX, sharedPositionMatrix } from '../blocks/position-code.js';
import { decodeGraph } from './decode-graph.js';
import type { DecodeShape } from './decode-graph.js';
import { BATCH_SIZES, MANY_TOKENS, MANY_TOKENS_BATCH, TEXT_TOKENS } from '../inference/batches.js';

/**
 * A mask decoder as a part that can be trained; its position matrix never is. Inference graphs read one image;
 * they exist for one text token a prompt, and for a fixed larger number of tokens.
 */
export function maskDecoderTrainable(
  program: Program,
  sizes: Readonly<Record<string, unknown>> & { readonly width: number },
): Trainable {
  return {
    program,
    sizes,
    trainable: ['^(?!pe_layer\\.)'],
    initialParams: (seed) => ({
      ...initParams(program.params, seed),
      [POSITION_MATRIX]: { data: sharedPositionMatrix(sizes.width), shape: [2, sizes.width / 2], dtype: 'float32' },
    }),
    inferenceGraphs: () =>
      decodeShapes().map(({ batch, promptTokens }) => ({
        graph: decodeGraph(program.name, { batch, promptTokens }),
        program,
        dims: { images: 1, n: batch, promptTokens },
      })),
  };
}

function decodeShapes(): readonly DecodeShape[] {
  const textOnly = BATCH_SIZES.map((batch) => ({ batch, promptTokens: TEXT_TOKENS }));
  return [...textOnly, { batch: MANY_TOKENS_BATCH, promptTokens: MANY_TOKENS }];
}
