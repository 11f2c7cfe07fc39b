export { ERROR_TABLE, Sim4SegError, exitCodeOf, expectNotAborted, isSim4SegError, toSim4SegError } from './errors.js';
export type { ErrorCode, ErrorParts } from './errors.js';
export { createBreath } from './breath.js';
export type { Breathe } from './breath.js';
export { untilAborted } from './until-aborted.js';
export { expectFinite, expectShape } from './shape.js';
export type { ShapeDim, Shaped } from './shape.js';
export { createRandom } from './random.js';
export type { RandomSource } from './random.js';

export type { FloatArray, IntArray } from './contracts/arrays.js';
export type { DiagnosisLabel, GraphRunner, GraphValue, LabelVocabulary, ModelBundle } from './contracts/bundle.js';
export type { Candidate, CandidateScorer, CandidateSelector, Selection } from './contracts/candidates.js';
export type { CaseRecord, Dataset, Importer } from './contracts/dataset.js';
export type { ImageEncoder, ImageEncoderSizes, ImageFeatures } from './contracts/image-encoder.js';
export type { ImageDtype, ImageWindow, MedicalImage, ModelFrame } from './contracts/image.js';
export type {
  FinishReason,
  Lvlm,
  LvlmCapabilities,
  LvlmPrefix,
  LvlmSizes,
  PrefillInput,
  ReasoningPath,
  SampleOptions,
} from './contracts/lvlm.js';
export type { Observer, PipelineEvent } from './contracts/observer.js';
export type { Disposable, PluginDefinition, PluginKind, ServiceReference, ServicesOf } from './contracts/plugin.js';
export type { Presence, PresenceEvidence, PresenceJudge, PresenceVerdict } from './contracts/presence.js';
export type {
  ChosenCells,
  RegionPrior,
  RegionPriorCapabilities,
  RegionPriorInput,
  RegionPriorOutput,
  RegionPrompts,
} from './contracts/region-prior.js';
export type {
  DecodedMasks,
  EncodedPrompts,
  MaskDecoder,
  MaskDecoderSizes,
  PromptEncoder,
  PromptEncoderSizes,
  PromptInput,
} from './contracts/segmenter.js';
export { contractVersions, services } from './contracts/services.js';

export { cellEdges, cellMeans, paintCells } from './geometry/cell-grid.js';
export { applyTaps, bilinearTaps, composeTaps, resizeBilinear } from './geometry/bilinear.js';
export type { AxisTaps } from './geometry/bilinear.js';
export { toRgbU8 } from './geometry/intensity.js';
export { maskLogitsMapper, maskLogitsToOriginalFrame } from './geometry/mask-logits.js';
export type { MaskLogitsMapper } from './geometry/mask-logits.js';
export {
  createModelFrame,
  longestSideSize,
  pointsToModelFrame,
  pointsToOriginalFrame,
} from './geometry/model-frame.js';
export type { PillowFilter } from './geometry/pillow-filters.js';
export { resizePillow, resizePillowInTurns } from './geometry/pillow-resize.js';
export {
  SAM_NORMALISATION,
  UNIT_NORMALISATION,
  cropShortestEdge,
  prepareImage,
  prepareLongestSide,
  prepareLongestSideInTurns,
  shortestEdgeSize,
  toChannelsFirst,
} from './geometry/prepare.js';
export type { Normalisation, PreparedImage, PrepareOptions } from './geometry/prepare.js';
export type { FloatMap, PixelsU8, Size } from './geometry/size.js';

export {
  emptyMask,
  intersectionArea,
  maskArea,
  maskDice,
  maskFromValues,
  maskIou,
  maskToBytes,
  maskUnion,
  masksEqual,
} from './masks/mask-bits.js';
export type { MaskBits, MaskPlace } from './masks/mask-bits.js';
export { decodeRle, encodeRle } from './masks/rle.js';
export type { CocoRle } from './masks/rle.js';

export { bootstrapInterval } from './metrics/bootstrap.js';
export type { Interval } from './metrics/bootstrap.js';
export { diagnosisAccuracy, presenceReport } from './metrics/classification.js';
export type {
  AccuracyReport,
  DiagnosisOutcome,
  PresenceGroup,
  PresenceOutcome,
  PresenceReport,
} from './metrics/classification.js';
export {
  cIoU,
  countPixels,
  diceOf,
  gIoU,
  iouOf,
  meanDice,
  officialCiou,
  officialGiou,
  unionOf,
} from './metrics/segmentation.js';
export type { PixelCounts } from './metrics/segmentation.js';

export type { ContractConverter, HostContracts } from './plugins/contract-version.js';
export { definePlugin, isPlugin, pluginKind } from './plugins/define-plugin.js';
export { defineService } from './plugins/define-service.js';
export { findProblems } from './plugins/find-problems.js';
export type { WiringDraft } from './plugins/find-problems.js';
export { expectNoProblems, joinProblems } from './plugins/join-problems.js';
export { createHost } from './plugins/host.js';
export type { PartScope, PluginHost } from './plugins/host.js';
export type { PartChoice, ResolvedPart } from './plugins/part-choice.js';

export { applySet, applySets } from './config/apply-set.js';
export type { Config, EngineConfig, PartConfig, TtsConfig } from './config/config.js';
export { CONFIG_DEFAULTS } from './config/defaults.js';
export { mergeConfig } from './config/merge-config.js';
export { parseConfig } from './config/parse-config.js';
export { dataChoices, pipelineChoices, toPartChoice } from './config/part-choices.js';
export { expectPlain } from './config/plain-value.js';
export { resolveConfig } from './config/resolve-config.js';
export type { PartKey } from './config/resolve-config.js';
export { configJsonSchema, configTreeSchema } from './config/schema.js';
export type { ConfigTree } from './config/schema.js';

export { parseDiagnosis } from './text/parse-diagnosis.js';
export type { NamedDiagnosis, ParsedDiagnosis } from './text/parse-diagnosis.js';
export { parsePresence } from './text/parse-presence.js';
export { suggest } from './text/suggest.js';
export { voteDiagnosis } from './text/vote-diagnosis.js';
export type { DiagnosisVote } from './text/vote-diagnosis.js';

export type { Answer, AnswerRequest, AnswerTimings, Finding, FindingEvidence, PathReport } from './pipeline/answer.js';
export { planMasks } from './pipeline/candidate-plan.js';
export type { PlannedMask } from './pipeline/candidate-plan.js';
export { partsOf } from './pipeline/parts.js';
export type { PartNames, PipelineParts } from './pipeline/parts.js';
export { createPipeline } from './pipeline/pipeline.js';
export type { Pipeline } from './pipeline/pipeline.js';
export type { PipelineSettings } from './pipeline/run.js';

export { hashJson, sha256Hex, stableJson } from './record/hash.js';
export { parseRunRecord } from './record/read-record.js';
export { RUN_RECORD_VERSION, runRecordSchema } from './record/run-record.js';
export type { RunRecord } from './record/run-record.js';
export { diagnosisName, toRunRecord } from './record/to-record.js';
export type { RunCircumstances } from './record/to-record.js';
