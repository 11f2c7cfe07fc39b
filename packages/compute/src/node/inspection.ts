import type { Program } from '../program.js';
import type { ModelSummary } from './inspect-model.js';
import type { Profile } from './profile-events.js';
import type { ProfileOptions, ProgramProfileOptions } from './profile-program.js';

// Looking inside needs tfjs and the reader of graphs; who only reads or writes files must not wait for them.

/**
 * Describes an ONNX model: nodes, inputs, outputs and weights with their places. Weights in other files are not read.
 * @param source path or bytes of the model
 * @throws GRAPH_INVALID for an absent file, and for one that is damaged or no model
 */
export async function inspectModel(source: string | Uint8Array): Promise<ModelSummary> {
  return (await import('./inspect-model.js')).inspectModel(source);
}

/**
 * Runs an ONNX graph with example inputs and tells where its time goes.
 * @param source path of an .onnx file, or its bytes
 * @throws GRAPH_INVALID for no model; PROGRAM_INVALID for a free size without a number; ENGINE_MISSING, ENGINE_FAILED
 */
export async function profileGraph(source: string | Uint8Array, options?: ProfileOptions): Promise<Profile> {
  return (await import('./profile-program.js')).profileGraph(source, options);
}

/**
 * Compiles a program and tells where the time of a run goes.
 * @throws what `compile` and {@link profileGraph} throw
 */
export async function profileProgram(program: Program, options?: ProgramProfileOptions): Promise<Profile> {
  return (await import('./profile-program.js')).profileProgram(program, options);
}
