import type { EngineConfig, TtsConfig } from './config.js';

/** Defaults of what does not depend on plugins; which plugins are used by default is a preset of the product. */
export const CONFIG_DEFAULTS = {
  /** One path and one mask: the paper's m x n scaling is chosen with `--tts`. */
  tts: {
    paths: 1,
    masks: 1,
    /** Sim4Seg section on test-time scaling: sampled paths need chance; 0.7 is usual for LLaVA. */
    temperature: 0.7,
    topP: 1,
    /** An answer of five sentences has well under 100 tokens; the rest is room for other tokenizers. */
    maxTokens: 160,
  } satisfies TtsConfig,
  seed: 0,
  /** The official code's known defects are reproduced on request only. */
  compat: 'corrected',
  /** ONNX Runtime runs compiled graphs everywhere Node runs. */
  engine: { use: 'ort', providers: ['cpu'] } satisfies EngineConfig,
  /** Of `engine.use: tfjs`: the backend that needs no package or driver. */
  tfjsBackend: 'cpu',
  /** The form of cases that the whole project reads and writes; plugin of the data package. */
  importer: { use: 'case-folders' },
} as const;
