import type { PluginDefinition } from '@sim4seg/core';
import type { Program } from './program.js';
import type { TensorValue } from './tensor-value.js';

/** A program that a bundle ships compiled, and the dims it is compiled for. */
export interface InferenceGraph {
  /** Name within the bundle, `<plugin id>.<what>`, such as `sam-decoder.decode.b4`. */
  readonly graph: string;
  readonly program: Program;
  readonly dims: Readonly<Record<string, number>>;
}

/**
 * What a part that can be trained offers beside its inference contract. The trainer composes the programs of several
 * parts into one traced step; parameters are stored in bundles and checkpoints as `<plugin id>.<parameter name>`.
 */
export interface Trainable {
  /** Forward pass in training, batched; what its inputs and outputs are called is fixed per plugin kind. */
  readonly program: Program;
  /** Sizes and settings to be written into the bundle's manifest as `parts[<plugin id>]`; plain JSON. */
  readonly sizes: Readonly<Record<string, unknown>>;
  /** Regular expressions on parameter names: what is trained when this part is trained. */
  readonly trainable: readonly string[];
  initialParams(seed: number): Readonly<Record<string, TensorValue>>;
  /** Graphs that inference needs; their programs read the same parameter names as `program`. */
  inferenceGraphs(): readonly InferenceGraph[];
  /** Small text files that the part needs in the bundle, such as `tokenizer.json`. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Reads the `Trainable` that a plugin offers, or null where it offers none. */
export const trainableOf = <T extends Trainable = Trainable>(
  plugin: Pick<PluginDefinition, 'trainable'>,
  options: unknown,
): T | null => (plugin.trainable ? (plugin.trainable(options) as T) : null);

/** One question about one image with its answer, as text, for teacher forcing. */
export interface TrainingConversation {
  readonly question: string;
  readonly answer: string;
  /** Weight of each span of the answer in characters; the rest weighs `restWeight`. */
  readonly spans: readonly { readonly start: number; readonly end: number; readonly weight: number }[];
  readonly restWeight: number;
}

/**
 * An LVLM's `Trainable`. Program inputs made by `prepare` beside `features` (float32[images,C,h,w]); outputs `logits`
 * (float32[images*length,V], row i predicts `labels[i]`), `imageTokens` (float32[images,T,D]) and `segEmbeddings`
 * (float32[images*conversations,D]; a row whose conversation has no [SEG] is meaningless and has `segPresent` 0).
 */
export interface TrainableLvlm extends Trainable {
  /** Dims that `prepare` fills for a batch: `images`, `conversations`, `length`. */
  readonly dims: Readonly<Record<string, number>>;
  prepare(
    batch: readonly (readonly TrainingConversation[])[],
    dims: { readonly images: number; readonly conversations: number; readonly length: number },
  ): PreparedText;
}

export interface PreparedText {
  /** Inputs of the program, by name (token ids, positions, attention bias, seg rows). */
  readonly inputs: Readonly<Record<string, TensorValue>>;
  /** int32[images*length]; next-token labels. */
  readonly labels: TensorValue;
  /** float32[images*length]; 0 where nothing is to be learnt. */
  readonly weights: TensorValue;
  /** float32[images*conversations]; 1 where the answer holds a [SEG]. */
  readonly segPresent: TensorValue;
}
