import type { FloatArray } from './arrays.js';
import type { ImageFeatures } from './image-encoder.js';
import type { MedicalImage, ModelFrame } from './image.js';

export interface LvlmCapabilities {
  /** Whether paths carry seg embeddings; false for a remote service. */
  readonly segEmbeddings: boolean;
  /** Name of the `ImageFeatures.named` output that serves as vision features; null where it has a tower of its own. */
  readonly imageFeatures: string | null;
}

export interface LvlmSizes {
  /** Width D of image tokens and seg embeddings after the seg projection. */
  readonly projectedDim: number;
  readonly tokenRows: number;
  readonly tokenColumns: number;
}

/** State shared by all reasoning paths of one question: the prefix KV cache and the image tokens. */
export interface LvlmPrefix {
  /** float32[1,T,D]; row-major token grid; after the seg projection; null where the LVLM cannot give them. */
  readonly imageTokens: FloatArray | null;
  /** Frame over which the token grid lies. */
  readonly frame: ModelFrame | null;
  /** Opaque to everybody but the LVLM that made it. */
  readonly state: unknown;
}

export type FinishReason = 'stop' | 'length';

/** One sampled diagnosis chain of thought. */
export interface ReasoningPath {
  readonly index: number;
  readonly text: string;
  readonly tokenIds: readonly number[];
  /** Natural-log probability of each sampled token. */
  readonly tokenLogProbs: Float32Array;
  /** float32[K,D]; one row per emitted [SEG], after the seg projection; K may be 0; null without the capability. */
  readonly segEmbeddings: FloatArray | null;
  /**
   * Probability that the answer says the target is there (from the presence word, before sampling); null where unknown.
   */
  readonly presentProb: number | null;
  readonly finish: FinishReason;
}

export interface SampleOptions {
  readonly paths: number;
  readonly seed: number;
  /** 0 is greedy. With several paths, path 0 is greedy and the others sample at this temperature. */
  readonly temperature: number;
  readonly topP: number;
  readonly maxTokens: number;
  readonly signal?: AbortSignal | undefined;
  /** Called in order for each decoded piece of a path. */
  readonly onToken?: ((event: { readonly path: number; readonly text: string }) => void) | undefined;
}

export interface PrefillInput {
  readonly image: MedicalImage;
  /** Present if `capabilities.imageFeatures` names an output. */
  readonly features: ImageFeatures | null;
  readonly question: string;
  readonly signal?: AbortSignal | undefined;
}

export interface Lvlm {
  readonly capabilities: LvlmCapabilities;
  readonly sizes: LvlmSizes;
  prefill(input: PrefillInput): Promise<LvlmPrefix>;
  /** All paths are batched over the one prefix; adding a path does not change the others. */
  sample(prefix: LvlmPrefix, options: SampleOptions): Promise<readonly ReasoningPath[]>;
}
