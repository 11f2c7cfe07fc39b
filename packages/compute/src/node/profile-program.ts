import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Sim4SegError } from '@sim4seg/core';
import type { Program } from '../program.js';
import { initParams } from '../program/params.js';
import { paramSource } from '../program/param-source.js';
import { createOrtSession, engineFailed } from '../session/ort-session.js';
import type { OrtSessionOptions } from '../session/ort-session.js';
import type { TensorValue } from '../tensor-value.js';
import { trace } from '../trace/trace.js';
import type { Dims } from '../trace/trace.js';
import { inspectModel } from './inspect-model.js';
import type { PortSummary } from './inspect-model.js';
import { summarizeProfile } from './profile-events.js';
import type { Profile, ProfileEvent } from './profile-events.js';

export interface ProfileOptions {
  /** Sizes of the symbols among the dims of the inputs. */
  readonly dims?: Dims;
  /** Runs that count, after one that does not; 10 by default. */
  readonly rounds?: number;
  readonly threads?: number;
  readonly session?: OrtSessionOptions;
}

export interface ProgramProfileOptions extends ProfileOptions {
  /** A weights file, or the parameters; fresh ones if left out. */
  readonly weights?: string | Readonly<Record<string, TensorValue>>;
}

const ROUNDS = 10;

function sizeFor(port: PortSummary, dim: number | string, dims: Dims): number {
  const size = typeof dim === 'number' ? dim : dims[dim];
  if (size !== undefined) return size;
  throw new Sim4SegError('PROGRAM_INVALID', {
    must: `every symbol of the input ${port.name} [${port.dims.join(', ')}] has a size`,
    got: `none for '${dim}'`,
    fix: `pass dims: { ${dim}: ... }`,
  });
}

const ARRAYS = { int32: Int32Array, int64: BigInt64Array, bool: Uint8Array, uint8: Uint8Array, float32: Float32Array };

/** Small numbers that differ; whole numbers are 0, which every table has a row for. */
function exampleInput(port: PortSummary, dims: Dims): { data: unknown; shape: number[]; dtype: string } {
  const shape = port.dims.map((dim) => sizeFor(port, dim, dims));
  const length = shape.reduce((a, b) => a * b, 1);
  if (port.dtype === 'float32') {
    return { data: Float32Array.from({ length }, (_, i) => ((i * 37) % 101) / 101 - 0.5), shape, dtype: port.dtype };
  }
  const Elements = ARRAYS[port.dtype as keyof typeof ARRAYS];
  if (Elements) return { data: new Elements(length), shape, dtype: port.dtype };
  throw new Sim4SegError('PROGRAM_INVALID', {
    must: `a profiled graph takes ${Object.keys(ARRAYS).join(', ')}`,
    got: `${port.name}, which is ${port.dtype}`,
    fix: 'profile a graph with inputs of these types',
  });
}

async function readEvents(folder: string): Promise<ProfileEvent[]> {
  const [file] = await readdir(folder);
  return JSON.parse(await readFile(join(folder, file!), 'utf8')) as ProfileEvent[];
}

/**
 * Runs an ONNX graph with example inputs and tells where its time goes.
 * @param source path of an .onnx file, or its bytes
 * @throws GRAPH_INVALID for no model; PROGRAM_INVALID for a free size without a number; ENGINE_MISSING, ENGINE_FAILED
 */
export async function profileGraph(source: string | Uint8Array, options: ProfileOptions = {}): Promise<Profile> {
  const { dims = {}, rounds = ROUNDS, threads, session: settings } = options;
  const { inputs } = await inspectModel(source);
  const feeds = inputs.map((port) => [port.name, exampleInput(port, dims)] as const);
  const folder = await mkdtemp(join(tmpdir(), 'sim4seg-profile-'));
  try {
    const model = typeof source === 'string' ? new Uint8Array(await readFile(source)) : source;
    const session = await createOrtSession(model, {
      ...(typeof source === 'string' && { externalFolder: dirname(source) }),
      ...(threads !== undefined && { intraOpNumThreads: threads }),
      ...settings,
      enableProfiling: true,
      profileFilePrefix: join(folder, 'run'),
    });
    const tensors = feeds.map(([name, value]) => [name, session.toOrt(value as TensorValue)] as const);
    try {
      for (let round = 0; round <= rounds; round += 1) await session.native.run(Object.fromEntries(tensors));
      session.native.endProfiling();
    } catch (cause) {
      throw engineFailed('the graph runs on example inputs', cause);
    } finally {
      await session.release();
    }
    return summarizeProfile(await readEvents(folder));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Compiles a program and tells where the time of a run goes.
 * @throws what `compile` and {@link profileGraph} throw
 */
export async function profileProgram(program: Program, options: ProgramProfileOptions = {}): Promise<Profile> {
  const { dims = {}, weights = initParams(program.params, 1, dims), ...rest } = options;
  const { params, externalFolder } = await paramSource(program, weights, { dims });
  const { model } = trace(program, { dims, params });
  const session = { ...(externalFolder !== undefined && { externalFolder }), ...rest.session };
  return profileGraph(model, { ...rest, dims, session });
}
