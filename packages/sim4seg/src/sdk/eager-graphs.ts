import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Sim4SegError, expectNotAborted } from '@sim4seg/core';
import type { EngineConfig, GraphRunner, PluginDefinition } from '@sim4seg/core';
import { runEager, toFloat32, trainableOf } from '@sim4seg/compute';
import type { InferenceGraph, TensorValue } from '@sim4seg/compute';
import { readSafetensorsFile } from '@sim4seg/compute/node';
import type { OpenBundle } from '@sim4seg/compute/bundle';

type Values = Readonly<Record<string, TensorValue>>;
type TfjsEngine = Extract<EngineConfig, { use: 'tfjs' }>;

const TOKENIZER_FILE = 'tokenizer.json';

/**
 * Runs a bundle's graphs operation by operation on a tfjs back end, from the programs that they were compiled from: slow,
 * for computers without ONNX Runtime and for comparing engines.
 * @throws ENGINE_MISSING when the module of the back end is not installed
 */
export async function createEagerGraphs(
  bundle: OpenBundle,
  engine: TfjsEngine,
  plugins: readonly PluginDefinition[],
): Promise<GraphRunner> {
  await importBackendModule(engine);
  const params = await readParams(bundle);
  const graphs = new Map(
    Object.keys(bundle.parts).flatMap((id) =>
      graphsOf(bundle, id, plugins).map((graph) => [graph.graph, { ...graph, params: paramsOf(params, id, graph) }]),
    ),
  );
  return {
    has: (graph) => graphs.has(graph),
    async run(graph, inputs, options = {}) {
      expectNotAborted(options.signal);
      const found = graphs.get(graph);
      if (!found) throw missingGraph(graph);
      return runEager(found.program, found.params, inputs as Values, { backend: engine.backend });
    },
  };
}

/** The programs of a part, in the sizes that it was trained with. */
function graphsOf(bundle: OpenBundle, id: string, plugins: readonly PluginDefinition[]): readonly InferenceGraph[] {
  const plugin = plugins.find((candidate) => candidate.id === id && candidate.trainable);
  if (!plugin) return [];
  const chosen = Object.values(bundle.manifest.config as Record<string, { use?: string }>).find(
    ({ use }) => use === id,
  );
  const { use: _use, ...options } = { ...chosen };
  const sized = plugin.optionsSchema.safeParse(bundle.parts[id]);
  const given = sized.success
    ? sized.data
    : plugin.optionsSchema.parse({ ...options, tokenizer: bundle.text(TOKENIZER_FILE) });
  return trainableOf(plugin, given)?.inferenceGraphs() ?? [];
}

async function readParams({ folder, manifest }: OpenBundle): Promise<Values> {
  const { tensors } = await readSafetensorsFile(join(folder, manifest.weights.file));
  const entries = Object.entries(tensors).map(
    ([name, tensor]) => [name, { data: toFloat32(tensor), shape: tensor.shape, dtype: 'float32' as const }] as const,
  );
  return Object.fromEntries(entries);
}

function paramsOf(params: Values, id: string, { program }: InferenceGraph): Values {
  const names = Object.keys(program.params);
  return Object.fromEntries(
    names.flatMap((name) => (params[`${id}.${name}`] ? [[name, params[`${id}.${name}`]!]] : [])),
  );
}

/** Packages that register a back end when they are imported, from the user's own folder: none of them comes with us. */
async function importBackendModule({ backend, module }: TfjsEngine): Promise<void> {
  const name = module ?? (backend === 'tensorflow' ? '@tensorflow/tfjs-node' : null);
  if (name === null) return;
  try {
    const file = createRequire(join(process.cwd(), 'package.json')).resolve(name);
    await import(pathToFileURL(file).href);
  } catch (cause) {
    throw new Sim4SegError('ENGINE_MISSING', {
      must: `The engine 'tfjs' with the back end '${backend}' needs the package ${name}`,
      got: cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause),
      fix: `npm install ${name}, or leave engine out of the config`,
      cause,
    });
  }
}

function missingGraph(graph: string): Sim4SegError {
  return new Sim4SegError('BUNDLE_MISSING', {
    must: `The bundle must hold the part of the graph "${graph}"`,
    got: 'no such program',
    fix: 'choose parts that the bundle was made for',
  });
}
