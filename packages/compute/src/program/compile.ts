import { TAP_PREFIX } from '../kernel/taps.js';
import type { Program } from '../program.js';
import type { Runtime } from '../runtime/contract.js';
import type { OrtModule } from '../runtime/ort.js';
import { createOrtSession, engineFailed, fromOrtTensor } from '../session/ort-session.js';
import type { OrtSessionOptions } from '../session/ort-session.js';
import type { Provider } from '../session/providers.js';
import type { TensorValue } from '../tensor-value.js';
import { outputName, trace } from '../trace/trace.js';
import type { Dims, OnnxGraph } from '../trace/trace.js';
import { mustRunEagerly, openEager } from './eager-session.js';
import { collectFeeds } from './feeds.js';
import { paramSource, type WeightChecks } from './param-source.js';
import { openElsewhere, type OpenGraph } from './session-elsewhere.js';

export type TensorValues = Readonly<Record<string, TensorValue>>;

export interface CompileOptions {
  /** Sizes of symbols. Those that are not named stay free: the session takes any size of them. */
  readonly dims?: Dims;
  /** Where it runs: a provider, or several in the order in which they are tried; those that are skipped are announced. */
  readonly target?: Provider | readonly Provider[];
  /**
   * A safetensors file, an index file of several or a folder with either, whose tensors carry the parameter names or
   * keys; or the parameters themselves.
   */
  readonly weights?: string | TensorValues;
  readonly weightChecks?: WeightChecks;
  /** Names of tapped values that are returned as `tap/<name>`; `*` stands for any characters. */
  readonly taps?: readonly string[];
  /**
   * What executes: ONNX Runtime (default); tfjs operation by operation; or tfjs only where ONNX Runtime is not installed,
   * which is announced.
   */
  readonly engine?: 'ort' | 'eager' | 'ort-or-eager';
  /** Back end of the eager engine; wasm where it starts, else cpu, if left out. */
  readonly backend?: string;
  readonly threads?: number;
  readonly session?: OrtSessionOptions;
  /**
   * Opens the graph in a runtime, that is in a thread or process of its own; the runtime's settings then count instead of
   * `target`, `threads` and `session`.
   */
  readonly runtime?: Runtime;
}

/** What executes a session. */
export type SessionEngine =
  { readonly name: 'ort'; readonly provider: Provider } | { readonly name: 'eager'; readonly backend: string };

/** A compiled program. `run` takes inputs alone where the weights are bound, else parameters and inputs. */
export interface Session<O extends string = string> {
  readonly graph: OnnxGraph;
  readonly engine: SessionEngine;
  /** The provider that opened the graph; null where the eager engine runs it. */
  readonly provider: Provider | null;
  run(inputs: TensorValues): Promise<Record<O, TensorValue>>;
  run(params: TensorValues, inputs: TensorValues): Promise<Record<O, TensorValue>>;
  release(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Names of a run's results, and what the graph calls them. */
function resultNames(program: Program, { outputs }: OnnxGraph): (readonly [name: string, port: string])[] {
  const taps = outputs.filter(({ name }) => name.startsWith(TAP_PREFIX)).map(({ name }) => [name, name] as const);
  return [...Object.keys(program.outputs).map((name) => [name, outputName(program, name)] as const), ...taps];
}

/** The session in this thread, by values. */
async function openHere(
  { name, model }: OnnxGraph,
  settings: OrtSessionOptions,
  load?: () => Promise<OrtModule>,
): Promise<OpenGraph> {
  const session = await createOrtSession(model, settings, load);
  const run: OpenGraph['run'] = async (feeds) => {
    const native = Object.entries(feeds).map(([port, value]) => [port, session.toOrt(value)] as const);
    try {
      const results = Object.entries(await session.native.run(Object.fromEntries(native)));
      return Object.fromEntries(results.map(([port, tensor]) => [port, fromOrtTensor(tensor)]));
    } catch (cause) {
      throw engineFailed(`${name} runs`, cause);
    }
  };
  return { provider: session.provider, run, release: () => session.release() };
}

/**
 * Traces a program and opens it in ONNX Runtime, in this thread unless a runtime is given. Callers' arrays are neither changed nor detached.
 * @throws PROGRAM_INVALID, TRACE_UNSUPPORTED, TRACE_READS_DATA while tracing
 * @throws WEIGHTS_INVALID for weights that do not fit; ENGINE_MISSING without onnxruntime-node
 */
export async function compile<O extends string>(
  program: Program<string, string, O>,
  options: CompileOptions = {},
): Promise<Session<O>> {
  return compileWith(program, options);
}

/** `compile` with another way to the runtime. */
export async function compileWith(
  program: Program,
  options: CompileOptions,
  load?: () => Promise<OrtModule>,
): Promise<Session> {
  const { dims = {}, target = 'cpu', weights, threads } = options;
  const bound = await paramSource(program, weights, { dims, ...options.weightChecks });
  const { params, externalFolder, isLarge } = bound;
  if (await mustRunEagerly(program, options, load)) return openEager(program, options, bound);
  const graph = trace(program, { dims, params, ...(options.taps && { taps: options.taps }) });
  const settings = {
    providers: target,
    ...(threads !== undefined && { intraOpNumThreads: threads }),
    ...(externalFolder !== undefined && { externalFolder }),
    ...(isLarge && { prepacking: false }),
    ...options.session,
  };
  const opened = options.runtime
    ? await openElsewhere(options.runtime, graph, externalFolder)
    : await openHere(graph, settings, load);
  return toSession(program, graph, opened, params.kind === 'inputs');
}

function toSession(program: Program, graph: OnnxGraph, opened: OpenGraph, takesParams: boolean): Session {
  let released: Promise<void> | undefined;
  const release = (): Promise<void> => (released ??= opened.release());
  const names = resultNames(program, graph);
  const run = async (first: TensorValues, second?: TensorValues): Promise<Record<string, TensorValue>> => {
    const [params, inputs] = takesParams && second ? [first, second] : [{}, second ?? first];
    const results = await opened.run(collectFeeds(graph, params, inputs));
    return Object.fromEntries(names.map(([name, port]) => [name, results[port]!]));
  };
  const { provider } = opened;
  return { graph, engine: { name: 'ort', provider }, provider, run, release, [Symbol.asyncDispose]: release };
}
