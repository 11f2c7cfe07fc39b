import * as ops from './ops/index.js';

export { ops };
export type { Tensor } from '@tensorflow/tfjs-core';
export type { Int4Arithmetic, MatMulOptions } from './ops/index.js';
export { kernelRuns, registerEagerBackend } from './kernel/define-kernel.js';
export { compile } from './program/compile.js';
export type { CompileOptions, Session, SessionEngine, TensorValues } from './program/compile.js';
export { shippedBackend } from './program/eager-session.js';
export { engineOptions } from './program/engine-options.js';
export type { EngineOptions } from './program/engine-options.js';
export type { WeightChecks } from './program/param-source.js';
export { initParams, prefixSpecs, scopeParams } from './program/params.js';
export type { Prefixed, Scoped } from './program/params.js';
export { runEager } from './program/run-eager.js';
export type { EagerOptions } from './program/run-eager.js';
export type { TensorflowModule } from './program/tensorflow-module.js';
export { sizeOfDim, symbolsIn } from './dim-size.js';
export { defineProgram } from './program.js';
export type {
  Dim,
  Init,
  LooseSpec,
  Named,
  ParamSpec,
  Program,
  ProgramDefinition,
  Specs,
  TensorSpec,
  Tensors,
} from './program.js';
export { announcementText } from './session/announcement.js';
export type { Announce, EngineAnnouncement } from './session/announcement.js';
export { PROVIDERS } from './session/providers.js';
export type { Provider } from './session/providers.js';
export { SESSION_DEFAULTS } from './session/session-options.js';
export type { OrtSessionOptions } from './session/session-options.js';
export type { GraphSession, RunOptions, Runtime } from './runtime/contract.js';
export type { GraphInfo, GraphSource, GraphTensor, GraphTensors, GraphValueInfo } from './runtime/protocol.js';
export type { TfjsType } from './kernel/tfjs-type.js';
export { float32Value, int32Value } from './tensor-value.js';
export type { DType, TensorData, TensorValue } from './tensor-value.js';
export { PARAM_PREFIX, trace } from './trace/trace.js';
export type { ExternalData, GraphType, StoredType } from './trace/graph.js';
export type { Dims, GraphPort, OnnxGraph, ParamSource, StoredRange, TraceOptions } from './trace/trace.js';
export { trainableOf } from './trainable.js';
export type { InferenceGraph, PreparedText, Trainable, TrainableLvlm, TrainingConversation } from './trainable.js';
export { fromBfloat16, fromHalf, toFloat32, toHalf, toInt32 } from './weights/half.js';
export { blockShapes, dequantizeBlocks, quantizeBlocks } from './weights/quantize/blocks.js';
export type { BlockForm, BlockWeights } from './weights/quantize/blocks.js';
export { blockFormOf, blockNames, parseQuantization } from './weights/quantize/note.js';
export type { QuantizationNote, QuantizedType } from './weights/quantize/note.js';
export type { StoredTensor, WeightsFormat, WeightsReader } from './weights/reader.js';
export { readSafetensors, writeSafetensors } from './weights/safetensors.js';
export type { SafetensorsContent, WritableTensor } from './weights/safetensors.js';
export { bytesOf, elementBytes, elementCount, elementsOf } from './weights/tensor-value.js';
export type { ElementArray, ElementType, WeightTensor } from './weights/tensor-value.js';
export { loraNames, loraPattern, loraSpecs } from './lora/adapters.js';
export type { LinearSizes, LoraAdapter, LoraAdapters } from './lora/adapters.js';
export { LinearLora } from './lora/linear-lora.js';
export type { LinearLoraOptions } from './lora/linear-lora.js';
export { loraLinear } from './lora/lora-linear.js';
export type { LoraLinearOptions } from './lora/lora-linear.js';
export { mergeLora, unmergeLora } from './lora/merge.js';
export type { MergeOptions } from './lora/merge.js';
export { fromPeft, toPeft } from './lora/peft.js';
export { adamw } from './train/adamw.js';
export type { AdamwOptions } from './train/adamw.js';
export type { StepNumbers, StepSchedule, TrainStep } from './train/contract.js';
export { createTrainStep } from './train/create-train-step.js';
export type { StepEngine } from './train/create-train-step.js';
export type { StepGraph, StepPlan } from './train/step-graph.js';
export type { Loss, LossTerms, ParamFilter, ProgramLoss } from './train/step-options.js';
export type { ProgramStepOptions, TrainStepOptions } from './train/step-options.js';
export { compileTrainStep } from './train/train-step.js';
export type { CompiledTrainStep } from './train/train-step.js';
