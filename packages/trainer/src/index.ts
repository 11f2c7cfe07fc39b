export { train } from './train.js';
export type { TrainOptions, TrainResult } from './train.js';
export { resolveTraining } from './config/resolve-training.js';
export type { PartChoice, ResolvedTraining, TrainConfig } from './config/resolve-training.js';
export {
  evaluationSchema,
  lossWeightsSchema,
  phaseSchema,
  trainingDatasetSchema,
  trainingSchema,
} from './config/training-schema.js';
export type {
  EvaluationConfig,
  LossWeights,
  PhaseConfig,
  TrainingConfig,
  TrainingDataset,
} from './config/training-schema.js';
export { OFFICIAL_PRESET } from './config/official-preset.js';
export type { SourcedValue } from './config/official-preset.js';
export { learningRate, officialLearningRate } from './config/schedule.js';
export type { ScheduleOptions } from './config/schedule.js';
export type { PluginTable } from './step/parts.js';
export type { OpenProduct, ProductOpener } from './evaluate/evaluation-rounds.js';
export type { Judgement } from './evaluate/judgement.js';
export type { TrainedRow } from './step/trained-table.js';
export type { TrainingEvent, TrainingObserver } from './run/training-event.js';
export { TRAINING_ENVIRONMENT, spawnTrainingProcess } from './run/training-process.js';
export { OFFICIAL_LOSS_WEIGHTS, officialBce, officialDice, officialTextLoss } from './losses/official-losses.js';
export { modelCard } from './export/model-card.js';
export { evaluate } from './evaluate/evaluate.js';
export type { CaseQuestion, EvaluateOptions } from './evaluate/evaluate.js';
export { scoreCase } from './evaluate/case-outcome.js';
export type { CaseAnswer, CaseOutcome } from './evaluate/case-outcome.js';
export type { StatedConfidence } from './evaluate/calibration.js';
export { brierScore, expectedCalibrationError } from './evaluate/calibration.js';
export { compareRuns } from './evaluate/compare-runs.js';
export type { ComparedFigure, RunComparison } from './evaluate/compare-runs.js';
export { readOutcomes } from './evaluate/outcome-file.js';
export type { DoneCase } from './evaluate/outcome-file.js';
export { EVALUATION_SCHEMA_VERSION, reportOf } from './evaluate/evaluation-report.js';
export type {
  DatasetFigures,
  EvaluationFigures,
  EvaluationReport,
  GroupFigures,
  MacroFigures,
  ReportOptions,
} from './evaluate/evaluation-report.js';
export { cotArms, gridArms } from './experiments/arm.js';
export type { ExperimentArm, GridOptions } from './experiments/arm.js';
export { writeExperimentReport } from './experiments/experiment-report.js';
export type { ExperimentReportOptions } from './experiments/experiment-report.js';
export { runExperiment } from './experiments/run-experiment.js';
export type { ArmResult, ExperimentPorts, RunExperimentOptions } from './experiments/run-experiment.js';
export { summarise } from './experiments/summary.js';
export type { ArmSummary, SeedMean } from './experiments/summary.js';
export { measurePointing, pointingFigures } from './experiments/zero-shot.js';
export type { PointingFigures, PointingOutcome, SimilarityOf, ZeroShotOptions } from './experiments/zero-shot.js';
