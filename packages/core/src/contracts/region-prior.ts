import type { FloatArray, IntArray } from './arrays.js';
import type { ModelFrame } from './image.js';

/** Prompts for the prompt encoder; at least one is present. Points and boxes in the model frame, pixels. */
export interface RegionPrompts {
  /** float32[1,1,S,S]; model frame; logits or 0/1 as the prior documents. */
  readonly mask?: FloatArray;
  /** float32[1,P,2]; (x, y); model frame; px. */
  readonly points?: FloatArray;
  /** int32[1,P]; 1 positive, 0 negative, -1 padding. */
  readonly pointLabels?: IntArray;
  /** float32[1,4]; (x0, y0, x1, y1); model frame; px. */
  readonly boxes?: FloatArray;
}

export interface RegionPriorInput {
  /** float32[T,D]; row-major token grid; after the seg projection. */
  readonly imageTokens: FloatArray | null;
  /** float32[D]; after the seg projection. */
  readonly segEmbedding: Float32Array | null;
  readonly tokenRows: number;
  readonly tokenColumns: number;
  readonly frame: ModelFrame;
  /** Side S of the prompt mask that the prompt encoder takes. */
  readonly promptSide: number;
  /** 0 is the configured prior; higher numbers are the prior's own further variants (test-time scaling). */
  readonly variant: number;
}

/** Cells of a square grid that a prior chose. */
export interface ChosenCells {
  /** Cells a side, G; the grid has G x G equal cells. */
  readonly gridCells: number;
  /**
   * int[n], 0 <= n <= G * G; each row * G + column, row 0 at the top and column 0 at the left; no cell twice; the one
   * with the highest similarity first. Empty where nothing stood out (a constant map); cells of the padding are not in it.
   */
  readonly chosen: readonly number[];
  /**
   * What the grid divides: `'frame'` (where absent) the square model frame with its padding, so that cells are squares
   * of side / G px; `'content'` the image alone, so that cells have its shape (the official code).
   */
  readonly over?: 'frame' | 'content';
}

export interface RegionPriorOutput {
  readonly prompts: RegionPrompts;
  /** float32[rows,columns]; token grid; plain dot products before any threshold; null where the prior makes none. */
  readonly similarity: FloatArray | null;
  /** The cells that the prompts were painted from, to be shown and recorded; null where the prior uses no grid. */
  readonly cells: ChosenCells | null;
}

export interface RegionPriorCapabilities {
  readonly needsSegEmbeddings: boolean;
}

/** Turns similarity into prompts. Plain synchronous code: no gradient flows through hard selections. */
export interface RegionPrior {
  readonly capabilities: RegionPriorCapabilities;
  promptsFor(input: RegionPriorInput): RegionPriorOutput;
}
