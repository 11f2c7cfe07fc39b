import { isSim4SegError } from '@sim4seg/core';
import type { Config, EngineConfig, GraphRunner, PluginDefinition, Sim4SegError } from '@sim4seg/core';
import type { OpenBundle } from '@sim4seg/compute/bundle';
import { announceByWarning, isRuntimeInstalled } from '@sim4seg/compute/runtime';
import type { Announce } from '@sim4seg/compute/runtime';
import { loadTrainablePlugins } from './shipped-plugins.js';
import { graphsToWarm } from './warm-graphs.js';

type TfjsEngine = Extract<EngineConfig, { use: 'tfjs' }>;

/** The graphs of a bundle on an engine. */
export interface EngineGraphs {
  readonly graphs: GraphRunner;
  /** The engine that computes; another than the config's once that had to be replaced. */
  used(): EngineConfig;
}

export interface EngineContext {
  readonly own: readonly PluginDefinition[];
  readonly onAnnounce: Announce | undefined;
}

/**
 * The graphs of a bundle on the engine of the config: compiled, or as their programs on tfjs. Where ONNX Runtime is not
 * installed the programs answer too, announced once.
 * @throws ENGINE_MISSING where a provider or the module of a back end is not there
 */
export async function graphsOnEngine(
  bundle: OpenBundle,
  config: Config,
  context: EngineContext,
): Promise<EngineGraphs> {
  const { engine } = config;
  const onTfjs = (tfjs: TfjsEngine) => eagerGraphs(bundle, tfjs, context.own);
  if (engine.use === 'tfjs') return { graphs: await onTfjs(engine), used: () => engine };
  const first = graphsToWarm(Object.keys(bundle.manifest.graphs), config);
  // A provider that is not there is said at once; a graph that does not load is reported by the part that runs it.
  if (asksMoreThanCpu(engine.providers)) await bundle.warm(first.slice(0, 1)).catch(expectReplaceable);
  bundle.warm(first).catch(() => undefined);
  return compiledOrEager(bundle, engine, { onTfjs, announce: context.onAnnounce ?? announceByWarning });
}

const asksMoreThanCpu = (providers: readonly string[]): boolean => providers.some((provider) => provider !== 'cpu');

async function expectReplaceable(error: unknown): Promise<void> {
  if (await isRuntimeInstalled()) throw error;
}

async function eagerGraphs(
  bundle: OpenBundle,
  engine: TfjsEngine,
  own: readonly PluginDefinition[],
): Promise<GraphRunner> {
  const { createEagerGraphs } = await import('./eager-graphs.js');
  return createEagerGraphs(bundle, engine, [...(await loadTrainablePlugins()), ...own]);
}

interface Replacement {
  readonly onTfjs: (engine: TfjsEngine) => Promise<GraphRunner>;
  readonly announce: Announce;
}

function compiledOrEager(bundle: OpenBundle, asked: EngineConfig, { onTfjs, announce }: Replacement): EngineGraphs {
  let used = asked;
  let replacing: Promise<GraphRunner> | undefined;
  const replace = async (error: Sim4SegError): Promise<GraphRunner> => {
    const { shippedBackend } = await import('@sim4seg/compute');
    const engine = { use: 'tfjs', backend: (await shippedBackend()) as TfjsEngine['backend'] } as const;
    const instead = `tfjs on ${engine.backend} answers instead of ONNX Runtime, many times slower, and blocks the event loop while it computes`;
    announce({ type: 'engine-replaced', instead, got: error.got, fix: error.fix });
    used = engine;
    return onTfjs(engine);
  };
  const run: GraphRunner['run'] = async (graph, inputs, options) => {
    if (replacing) return (await replacing).run(graph, inputs, options);
    try {
      return await bundle.graphs.run(graph, inputs, options);
    } catch (error) {
      if (!isSim4SegError(error) || error.code !== 'ENGINE_MISSING' || (await isRuntimeInstalled())) throw error;
      replacing ??= replace(error);
      return (await replacing).run(graph, inputs, options);
    }
  };
  return { graphs: { has: (graph) => bundle.graphs.has(graph), run }, used: () => used };
}
