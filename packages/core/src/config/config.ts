/** A part of a complete config. */
export interface PartConfig {
  readonly use: string;
  readonly [option: string]: unknown;
}

/** Test-time scaling: `paths` reasoning paths, `masks` masks a path; sampling of the paths. */
export interface TtsConfig {
  readonly paths: number;
  readonly masks: number;
  readonly temperature: number;
  readonly topP: number;
  readonly maxTokens: number;
}

/** Which engine computes. */
export type EngineConfig =
  | { readonly use: 'ort'; readonly providers: readonly string[] }
  | {
      readonly use: 'tfjs';
      readonly backend: 'cpu' | 'wasm' | 'webgpu' | 'tensorflow';
      readonly module?: '@tensorflow/tfjs-node-gpu' | '@tensorflow/tfjs-node';
    };

/** The complete config: below the edge nothing is optional. */
export interface Config {
  readonly lvlm: PartConfig;
  readonly regionPrior: PartConfig;
  readonly imageEncoder: PartConfig;
  readonly promptEncoder: PartConfig;
  readonly maskDecoder: PartConfig;
  readonly presence: PartConfig;
  readonly selector: PartConfig;
  readonly scorers: readonly PartConfig[];
  readonly datasets: readonly PartConfig[];
  readonly observers: readonly PartConfig[];
  readonly importer: PartConfig;
  readonly plugins: readonly string[];
  readonly tts: TtsConfig;
  readonly seed: number;
  readonly compat: 'corrected' | 'official';
  readonly engine: EngineConfig;
  readonly training: Readonly<Record<string, unknown>>;
  /** Folder, package or address of the bundle; null for the embedded one. */
  readonly bundle: string | null;
}
