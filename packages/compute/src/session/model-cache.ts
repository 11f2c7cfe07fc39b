import type { OrtSession } from '../runtime/ort-module.js';
import type { OpenModel } from './open-native.js';

/** Keeps optimised graphs, so that a graph which was opened before opens faster. */
export interface ModelCache {
  /** Opens a graph from the cache, or compiles and keeps it. Without a usable cache the graph is opened all the same. */
  open(model: string | Uint8Array, native: Readonly<Record<string, unknown>>, open: OpenModel): Promise<OrtSession>;
}
