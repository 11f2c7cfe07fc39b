export { createRuntime } from './runtime/create-runtime.js';
export type { GraphSession, RunOptions, Runtime, RuntimeMode, RuntimeOptions } from './runtime/create-runtime.js';
export { isRuntimeInstalled } from './runtime/ort.js';
export { createRuntimePool } from './runtime/runtime-pool.js';
export type { RuntimePoolOptions } from './runtime/runtime-pool.js';
export { announceByWarning, announcementText } from './session/announcement.js';
export type { Announce, EngineAnnouncement } from './session/announcement.js';
export type { Provider } from './session/providers.js';
export type { GraphInfo, GraphSource, GraphTensor, GraphTensors, GraphValueInfo } from './runtime/protocol.js';
