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

export interface RegionPriorOutput {
  readonly prompts: RegionPrompts;
  /** float32[rows,columns]; token grid; plain dot products before any threshold; null where the prior makes none. */
  readonly similarity: FloatArray | null;
  /**
   * The chosen cells of a `gridCells` x `gridCells` grid, row-major; null without a grid. The grid lies over the square
   * model frame, unless `over` says that it lies over the image in it.
   */
  readonly cells: {
    readonly gridCells: number;
    readonly chosen: readonly number[];
    readonly over?: 'frame' | 'content';
  } | null;
}

export interface RegionPriorCapabilities {
  readonly needsSegEmbeddings: boolean;
}

/** Turns similarity into prompts. Plain synchronous code: no gradient flows through hard selections. */
export interface RegionPrior {
  readonly capabilities: RegionPriorCapabilities;
  promptsFor(input: RegionPriorInput): RegionPriorOutput;
}
