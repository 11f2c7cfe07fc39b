export { createRuntime } from './runtime/create-runtime.js';
export type { GraphSession, RunOptions, Runtime, RuntimeMode, RuntimeOptions } from './runtime/create-runtime.js';
export { createRuntimePool } from './runtime/runtime-pool.js';
export type { RuntimePoolOptions } from './runtime/runtime-pool.js';
export type { GraphInfo, GraphSource, GraphTensor, GraphTensors, GraphValueInfo } from './runtime/protocol.js';
