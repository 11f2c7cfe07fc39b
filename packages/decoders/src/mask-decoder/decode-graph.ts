import { TEXT_TOKENS } from '../inference/batches.js';

/** Prompts of one graph run, and the prompt tokens of each. */
export interface DecodeShape {
  readonly batch: number;
  readonly promptTokens: number;
}

/** Name of a decoder's graph for a batch size and a number of prompt tokens. */
export function decodeGraph(id: string, { batch, promptTokens }: DecodeShape): string {
  return promptTokens === TEXT_TOKENS ? `${id}.decode.b${batch}` : `${id}.decode.b${batch}.t${promptTokens}`;
}
