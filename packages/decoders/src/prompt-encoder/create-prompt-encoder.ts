import { Sim4SegError, expectNotAborted, expectShape } from '@sim4seg/core';
import type { EncodedPrompts, FloatArray, ModelBundle, PromptEncoder, PromptInput, RegionPrompts } from '@sim4seg/core';
import { batchRows, planBatches } from '../inference/batches.js';
import { bundleSizes } from '../inference/bundle-sizes.js';
import { firstRows, floatOutput, floatValue, joinRows } from '../inference/graph-values.js';
import { promptEncoderSizesSchema } from './sizes.js';
import type { SamPromptEncoderSizes } from './sizes.js';
import { sparseTokens } from './sparse-tokens.js';

interface RunContext {
  readonly graphs: ModelBundle['graphs'];
  readonly sizes: SamPromptEncoderSizes;
  readonly signal: AbortSignal | undefined;
}

/** The prompt encoder over the graphs of a bundle. */
export function createPromptEncoder(bundle: ModelBundle): PromptEncoder {
  const sizes = bundleSizes(bundle, 'sam-prompt-encoder', promptEncoderSizesSchema);
  const { width, embeddingSide, inputSidePx } = sizes;
  return {
    sizes: { embeddingChannels: width, embeddingSide, promptSide: 4 * embeddingSide, inputSidePx },
    encode: async (input, { signal }): Promise<EncodedPrompts> => {
      expectNotAborted(signal);
      expectPrompts(input);
      const context = { graphs: bundle.graphs, sizes, signal };
      return { sparse: await sparseTokens(context, input), dense: await densePrompt(context, input.prompts) };
    },
  };
}

/** float32[B,C,h,w]; from the masks, or the "no mask" embedding where the prompts hold none. */
async function densePrompt(context: RunContext, prompts: readonly RegionPrompts[]): Promise<FloatArray> {
  const masks = prompts.map((prompt) => prompt.mask);
  if (!masks.some((mask) => mask)) return noMask(context, prompts.length);
  const side = 4 * context.sizes.embeddingSide;
  const data = new Float32Array(prompts.length * side * side);
  masks.forEach((mask, row) => {
    expectShape('prompts.mask', mask ?? [], [1, 1, side, side]);
    if (mask) data.set(mask.data, row * side * side);
  });
  const parts: FloatArray[] = [];
  for (const batch of planBatches(prompts.length)) {
    const rows = floatValue(batchRows(data, side * side, batch), [batch.size, 1, side, side]);
    const graph = `sam-prompt-encoder.mask.b${batch.size}`;
    const outputs = await context.graphs.run(graph, { mask: rows }, { signal: context.signal });
    parts.push(firstRows(floatOutput(outputs, 'dense'), batch.count));
  }
  return joinRows(parts);
}

async function noMask({ graphs, signal }: RunContext, rows: number): Promise<FloatArray> {
  const input = { rows: floatValue(new Float32Array(1), [1]) };
  const one = floatOutput(await graphs.run('sam-prompt-encoder.no-mask', input, { signal }), 'dense');
  return joinRows(Array.from({ length: rows }, () => one));
}

function expectPrompts({ prompts, text }: PromptInput): void {
  const textRows = text?.shape[0] ?? prompts.length;
  if (prompts.length > 0 && textRows === prompts.length) return;
  throw new Sim4SegError('SHAPE_MISMATCH', {
    must: 'there is at least one prompt, and one row of text prompts for each',
    got: `${prompts.length} prompts and ${textRows} rows of text`,
    fix: 'give prompts and text row by row',
  });
}
