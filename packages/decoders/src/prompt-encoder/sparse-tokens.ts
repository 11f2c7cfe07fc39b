import { Sim4SegError, expectShape } from '@sim4seg/core';
import type { FloatArray, ModelBundle, PromptInput, RegionPrompts } from '@sim4seg/core';
import { MANY_TOKENS, TEXT_TOKENS } from '../inference/batches.js';
import { floatOutput, floatValue } from '../inference/graph-values.js';
import { BOXES_PER_RUN, POINTS_PER_RUN } from './run-sizes.js';

interface SparseContext {
  readonly graphs: ModelBundle['graphs'];
  readonly sizes: { readonly width: number };
  readonly signal: AbortSignal | undefined;
}

/** The label of a row that is no point. */
const NO_POINT = -1;

/**
 * Tokens of every prompt: points, box corners, text, in this order.
 * - returns float32[B,N,C]; N is 1 where all that is given is one text token, otherwise filled up to a fixed number
 * @source segment-anything modeling/prompt_encoder.py PromptEncoder.forward
 * @deviation rows are filled up with "no point" tokens to a fixed length (docs/adr/0025)
 */
export async function sparseTokens(context: SparseContext, { prompts, text }: PromptInput): Promise<FloatArray> {
  const { width } = context.sizes;
  const textTokens = text?.shape[1] ?? 0;
  if (text) expectShape('text', text, [prompts.length, textTokens, width]);
  if (text && textTokens === TEXT_TOKENS && prompts.every(({ points, boxes }) => !points && !boxes)) return text;
  const rows: Float32Array[] = [];
  for (const [row, prompt] of prompts.entries()) {
    const textRow = text?.data.subarray(row * textTokens * width, (row + 1) * textTokens * width);
    rows.push(await tokensOf(context, prompt, textRow ?? new Float32Array(0)));
  }
  const data = new Float32Array(prompts.length * MANY_TOKENS * width);
  rows.forEach((tokens, row) => data.set(tokens, row * MANY_TOKENS * width));
  return { data, shape: [prompts.length, MANY_TOKENS, width] };
}

/** float32[MANY_TOKENS * C] of one prompt. */
async function tokensOf(context: SparseContext, prompt: RegionPrompts, text: Float32Array): Promise<Float32Array> {
  const { width } = context.sizes;
  const boxes = prompt.boxes ? await boxCorners(context, prompt.boxes) : new Float32Array(0);
  const given = expectPoints(prompt);
  const room = MANY_TOKENS - (boxes.length + text.length) / width;
  if (given > room) {
    throw new Sim4SegError('WIRING', {
      must: `a prompt has at most ${MANY_TOKENS} tokens: points, two a box, and text`,
      got: `${given} points where there is room for ${room}`,
      fix: 'let the region prior give fewer points',
    });
  }
  const points = await pointRows(context, prompt, room);
  const tokens = new Float32Array(MANY_TOKENS * width);
  tokens.set(points);
  tokens.set(boxes, points.length);
  tokens.set(text, points.length + boxes.length);
  return tokens;
}

/** float32[count * C]: the prompt's points, then rows that are no point. */
async function pointRows(
  { graphs, signal, sizes }: SparseContext,
  prompt: RegionPrompts,
  count: number,
): Promise<Float32Array> {
  const points = new Float32Array(POINTS_PER_RUN * 2);
  const labels = new Int32Array(POINTS_PER_RUN).fill(NO_POINT);
  if (prompt.points) points.set(prompt.points.data);
  if (prompt.points) labels.set(prompt.pointLabels?.data ?? new Int32Array(prompt.points.data.length / 2).fill(1));
  const inputs = {
    points: floatValue(points, [POINTS_PER_RUN, 2]),
    labels: { data: labels, shape: [POINTS_PER_RUN], dtype: 'int32' },
  };
  const outputs = await graphs.run(promptGraph(graphs, 'points'), inputs, { signal });
  return floatOutput(outputs, 'tokens').data.subarray(0, count * sizes.width);
}

/** float32[2 * C] of float32[1,4]. */
async function boxCorners({ graphs, signal, sizes }: SparseContext, boxes: FloatArray): Promise<Float32Array> {
  expectShape('prompts.boxes', boxes, [1, 4]);
  const padded = new Float32Array(BOXES_PER_RUN * 4);
  padded.set(boxes.data);
  const inputs = { boxes: floatValue(padded, [BOXES_PER_RUN, 4]) };
  const outputs = await graphs.run(promptGraph(graphs, 'boxes'), inputs, { signal });
  return floatOutput(outputs, 'tokens').data.subarray(0, 2 * sizes.width);
}

/** Checks the shapes of a prompt's points and returns how many there are. */
function expectPoints({ points, pointLabels }: RegionPrompts): number {
  if (!points) return 0;
  const symbols = expectShape('prompts.points', points, [1, 'points', 2]);
  if (pointLabels) expectShape('prompts.pointLabels', pointLabels, [1, 'points'], symbols);
  return symbols['points'] ?? 0;
}

/** @throws WIRING where the bundle was exported without this kind of prompt */
function promptGraph(graphs: ModelBundle['graphs'], kind: 'points' | 'boxes'): string {
  const graph = `sam-prompt-encoder.${kind}`;
  if (graphs.has(graph)) return graph;
  throw new Sim4SegError('WIRING', {
    must: `the bundle can take prompts of ${kind}: it holds the graph ${graph}`,
    got: 'a bundle without it',
    fix: 'choose a region prior that gives a mask, such as topCells, or export the bundle again with this version',
  });
}
