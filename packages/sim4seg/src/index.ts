export { createSim4Seg } from './sdk/create-sim4seg.js';
export type { Sim4Seg } from './sdk/create-sim4seg.js';
export type { AnswerStream } from './sdk/answer-stream.js';
export type { DiagnoseRequest, Diagnosis } from './sdk/diagnosis.js';
export type { Dtype, OpenModelOptions } from './sdk/open-options.js';
export { clearCache, defaultCacheFolder, isCached, loadBundle } from './sdk/load-bundle.js';
export type { LoadBundleOptions, LoadedBundle } from './sdk/load-bundle.js';
export type { DownloadProgress, Fetch, RemoteBundle } from '@sim4seg/compute/bundle';
export type { Announce, EngineAnnouncement, RuntimeMode } from '@sim4seg/compute/runtime';
export { createPromptedSegmenter } from './sdk/prompted-segmenter.js';
export type { MaskPrompt, PromptedMask, PromptedSegmenter } from './sdk/prompted-segmenter.js';
export { EMBEDDED_BUNDLE, PRODUCT_PRESET } from './sdk/presets.js';
export { loadShippedPlugins, loadTrainablePlugins } from './sdk/shipped-plugins.js';
export { readConfigFile } from './config/config-file.js';
export type { ConfigFile } from './config/config-file.js';
export { encodeMask, writeAnswer } from './output/write-answer.js';
export { RESEARCH_NOTICE } from './notice.js';
export { VERSION } from './version.js';
export { Sim4SegError, configJsonSchema, definePlugin, isSim4SegError, pluginKind, services } from '@sim4seg/core';
export type {
  ConfigTree,
  Finding,
  MaskBits,
  MedicalImage,
  PipelineEvent,
  PluginDefinition,
  Presence,
  RunRecord,
} from '@sim4seg/core';
export { PHANTOM_KINDS, canonicalQuestion, decodeImage, encodePng, makePhantom } from '@sim4seg/data';
export type { PhantomKind } from '@sim4seg/data';
