import { join } from 'node:path';
import { Sim4SegError, expectNotAborted } from '@sim4seg/core';
import type { EngineConfig, GraphRunner, PluginDefinition } from '@sim4seg/core';
import { engineOptions, runEager, toFloat32 } from '@sim4seg/compute';
import type { InferenceGraph, TensorValue } from '@sim4seg/compute';
import { readSafetensorsFile } from '@sim4seg/compute/node';
import { expectGraphWeights } from '@sim4seg/compute/bundle';
import type { OpenBundle } from '@sim4seg/compute/bundle';
import { trainablePart } from './trainable-part.js';

type Values = Readonly<Record<string, TensorValue>>;
type TfjsEngine = Extract<EngineConfig, { use: 'tfjs' }>;

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
  // Imports the optional package of the back end.
  await engineOptions(engine);
  const params = await readParams(bundle);
  const graphs = new Map(
    Object.keys(bundle.parts).flatMap((id) =>
      (trainablePart(bundle, id, plugins)?.inferenceGraphs() ?? []).map((graph) => [
        graph.graph,
        { ...graph, params: paramsOf(params, id, graph) },
      ]),
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

async function readParams({ folder, manifest }: OpenBundle): Promise<Values> {
  const { tensors } = await readSafetensorsFile(join(folder, expectGraphWeights(manifest).file));
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

function missingGraph(graph: string): Sim4SegError {
  return new Sim4SegError('BUNDLE_MISSING', {
    must: `The bundle must hold the part of the graph "${graph}"`,
    got: 'no such program',
    fix: 'choose parts that the bundle was made for',
  });
}
