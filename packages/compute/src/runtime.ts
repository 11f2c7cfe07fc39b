export { createRuntime } from './runtime/create-runtime.js';
export type { GraphSession, RunOptions, Runtime, RuntimeOptions } from './runtime/create-runtime.js';
export type { GraphInfo, GraphSource, GraphTensor, GraphTensors, GraphValueInfo } from './runtime/protocol.js';
