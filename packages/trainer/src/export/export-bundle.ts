import { Sim4SegError } from '@sim4seg/core';
import { trace } from '@sim4seg/compute';
import type { TensorValue } from '@sim4seg/compute';
import { weightsOfPart, writeBundle } from '@sim4seg/compute/bundle';
import type { BundleManifest, StoredWeight } from '@sim4seg/compute/bundle';
import type { TrainConfig } from '../config/resolve-training.js';
import type { TrainingConfig } from '../config/training-schema.js';
import type { DataSummary } from '../samples/sample-vocabulary.js';
import type { ModelSizes } from '../step/model-sizes.js';
import { PART_ROLES } from '../step/parts.js';
import type { Part, Parts } from '../step/parts.js';
import { describeBundle } from './bundle-description.js';
import { modelCard } from './model-card.js';

export interface ExportOptions {
  readonly parts: Parts;
  /** Parts that come from the bundle that training started from. */
  readonly kept: readonly Part[];
  readonly params: Readonly<Record<string, TensorValue>>;
  readonly config: TrainConfig;
  readonly training: TrainingConfig;
  readonly summary: DataSummary;
  readonly sizes: ModelSizes;
  /** Manifest of the bundle that training started from. */
  readonly from: BundleManifest | null;
}

/**
 * Writes weights, compiled inference graphs, tokenizer, manifest and model card of a trained model.
 * @throws NOT_FINITE, WRITE_FAILED, DISK_FULL
 */
export async function exportBundle(folder: string, options: ExportOptions): Promise<void> {
  const parts = [...PART_ROLES.map((role) => options.parts[role]), ...options.kept];
  const unique = [...new Map(parts.map((part) => [part.id, part])).values()];
  const description = describeBundle(unique, options);
  await writeBundle(folder, {
    description,
    tensors: inferenceTensors(unique, options.params),
    precision: options.training.bundle.precision,
    graphs: (weights) => Object.fromEntries(unique.flatMap((part) => tracedGraphs(part, weights))),
    texts: {
      ...Object.assign({}, ...unique.map(({ trainable }) => trainable.files ?? {})),
      'MODEL_CARD.md': modelCard(description),
    },
  });
}

/** Parameters of the parts; the trainer's own stay behind. */
function inferenceTensors(
  parts: readonly Part[],
  params: Readonly<Record<string, TensorValue>>,
): Record<string, TensorValue> {
  const names = parts.flatMap(({ id, trainable }) =>
    Object.keys(trainable.program.params).map((name) => `${id}.${name}`),
  );
  return Object.fromEntries(names.map((name) => [name, expectParam(params, name)]));
}

function expectParam(params: Readonly<Record<string, TensorValue>>, name: string): TensorValue {
  const value = params[name];
  if (value) return value;
  throw new Sim4SegError('WEIGHTS_INVALID', {
    must: `The bundle needs the parameter ${name}`,
    got: 'no value for it',
    fix: 'Start from a bundle that holds this part, or leave it out of training.keep',
  });
}

function tracedGraphs(
  { id, trainable }: Part,
  weights: Readonly<Record<string, StoredWeight>>,
): [string, Uint8Array][] {
  const ranges = weightsOfPart(weights, id);
  return trainable
    .inferenceGraphs()
    .map(({ graph, program, dims }) => [graph, trace(program, { dims, params: { kind: 'external', ranges } }).model]);
}
