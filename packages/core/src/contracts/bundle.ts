/** What plugins that run a bundle's parts need; provided by the package that assembles the product. */

/** A label that a diagnosis may be; `codes` such as SNOMED or RadLex are optional. */
export interface DiagnosisLabel {
  readonly id: string;
  readonly name: string;
  readonly synonyms: readonly string[];
  readonly codes?: Readonly<Record<string, string>>;
}

/** Target word -> its labels. */
export type LabelVocabulary = Readonly<Record<string, readonly DiagnosisLabel[]>>;

export interface GraphValue {
  readonly data: Float32Array | Int32Array | BigInt64Array | Uint8Array;
  readonly shape: readonly number[];
  readonly dtype: string;
}

/** Runs compiled graphs off the main thread. Names of inputs and outputs are those of the program. */
export interface GraphRunner {
  has(graph: string): boolean;
  run(
    graph: string,
    inputs: Readonly<Record<string, GraphValue>>,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<Readonly<Record<string, GraphValue>>>;
}

/** A loaded bundle as parts see it. */
export interface ModelBundle {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
  readonly graphs: GraphRunner;
  /** `parts[role]` holds the sizes and settings that the part of this role was trained with. */
  readonly parts: Readonly<Record<string, unknown>>;
  readonly labels: LabelVocabulary;
  /** Contents of a small file of the bundle, such as `tokenizer.json`. */
  text(file: string): string;
}
