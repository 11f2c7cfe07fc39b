import { isSim4SegError } from '@sim4seg/core';
import { readRanges } from '#platform';
import type { Program } from '../program.js';
import { loadOrt } from '../runtime/ort.js';
import type { OrtModule } from '../runtime/ort.js';
import { announceByWarning } from '../session/announcement.js';
import { trace } from '../trace/trace.js';
import type { BoundParams } from './param-source.js';
import { widened } from './param-source.js';
import { expectFinite } from '../weights/finite.js';
import type { CompileOptions, Session, TensorValues } from './compile.js';
import { collectFeeds } from './feeds.js';
import { activateBackend, runEager } from './run-eager.js';

/** Back ends that come with this package, the faster first. */
const SHIPPED_BACKENDS = ['wasm', 'cpu'] as const;

/** The first shipped back end that starts here: wasm, else cpu. */
export async function shippedBackend(): Promise<string> {
  for (const name of SHIPPED_BACKENDS) {
    const starts = await activateBackend(name).then(
      () => true,
      () => false,
    );
    if (starts) return name;
  }
  return 'cpu';
}

/**
 * Whether the eager engine has to answer because ONNX Runtime is not installed, where the caller allows it; announced.
 * @throws ENGINE_MISSING where the caller does not allow it
 */
export async function mustRunEagerly(
  program: Program,
  { engine = 'ort', session }: CompileOptions,
  load: () => Promise<OrtModule> = loadOrt,
): Promise<boolean> {
  if (engine !== 'ort-or-eager') return engine === 'eager';
  try {
    await load();
    return false;
  } catch (error) {
    if (!isSim4SegError(error) || error.code !== 'ENGINE_MISSING') throw error;
    const instead = `${program.name} runs operation by operation on tfjs, several times slower than compiled`;
    const announce = session?.onAnnounce ?? announceByWarning;
    announce({ type: 'engine-replaced', instead, got: error.got, fix: error.fix });
    return true;
  }
}

/** A session with the face of a compiled one that runs the program operation by operation on tfjs. */
export async function openEager(
  program: Program,
  { dims = {}, taps, backend, weightChecks }: CompileOptions,
  { params, externalFolder }: BoundParams,
): Promise<Session> {
  const held = await heldParams(params, externalFolder);
  if (weightChecks?.finite !== false) for (const [name, value] of Object.entries(held ?? {})) expectFinite(name, value);
  const chosen = backend ?? (await shippedBackend());
  const graph = trace(program, { dims, params: { kind: 'inputs' }, ...(taps && { taps }) });
  const run = async (first: TensorValues, second?: TensorValues) => {
    const [given, inputs] = held ? [held, second ?? first] : [first, second ?? first];
    collectFeeds(graph, given, inputs);
    return runEager(program, given, inputs, { backend: chosen, ...(taps && { taps }) });
  };
  const release = () => Promise.resolve();
  const engine = { name: 'eager', backend: chosen } as const;
  return { graph, engine, provider: null, run, release, [Symbol.asyncDispose]: release };
}

/** Parameters in memory; null where every call brings its own. */
async function heldParams(params: BoundParams['params'], folder: string | undefined): Promise<TensorValues | null> {
  if (params.kind === 'inputs') return null;
  if (params.kind === 'values') return params.values;
  const stored = await readRanges(folder ?? '.', params.ranges);
  return Object.fromEntries(Object.entries(stored).map(([name, value]) => [name, widened(value)]));
}
