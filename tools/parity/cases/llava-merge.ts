import { mergeEmbeddings, planMerge } from '@sim4seg/backbones';
import type { TextBatch } from '@sim4seg/backbones';
import { defineProgram, ops } from '@sim4seg/compute';
import type { ReferenceCase } from '@sim4seg/testing';
import type { CaseRunner } from '../checker.js';
import { paramsOf } from '../params-of.js';

interface Model {
  readonly vocab_size: number;
  readonly hidden_size: number;
  readonly vision_hidden_size: number;
  readonly num_patches: number;
}

export const run: CaseRunner = async ({ io, config, weights }, check, engines) => {
  const model = config['model'] as Model;
  const params = paramsOf(weights);
  const features = io.floats('in.vision_features');
  const images = features.shape[0] ?? 0;
  const inputs = { features: { ...features, dtype: 'float32' as const } };
  const table = params['model.embed_tokens.weight']!;
  const tokenTable = { data: table.data as Float32Array, shape: table.shape };
  for (const engine of engines) {
    const { rows } = await engine.run(projector(model, images), params, inputs);
    const imageRows = { data: rows!.data as Float32Array, shape: rows!.shape };
    check.close('mid.projected_features', { ...imageRows, engine: engine.name });
    for (const name of Object.keys(config['subcases'] as object)) {
      const imageOfSlot = [...io.ints(`${name}/in.image_index`).data];
      const sizes = { vocabularySize: model.vocab_size, patches: model.num_patches, imageOfSlot, images };
      const plan = planMerge(batchOf(io, name), sizes);
      const merged = mergeEmbeddings(plan, tokenTable, imageRows);
      check.close(`${name}/out.inputs_embeds`, { ...merged, engine: engine.name });
      check.exact(`${name}/out.attention_mask`, { data: plan.attentionMask });
      if (plan.labels) check.exact(`${name}/out.labels`, { data: plan.labels });
    }
  }
};

function projector(model: Model, images: number): ReturnType<typeof defineProgram> {
  const { hidden_size: hidden, vision_hidden_size: vision, num_patches: patches } = model;
  return defineProgram({
    name: 'mm-projector',
    params: {
      'model.mm_projector.weight': [hidden, vision],
      'model.mm_projector.bias': [hidden],
      'model.embed_tokens.weight': [model.vocab_size, hidden],
    },
    inputs: { features: [images, patches, vision] },
    outputs: { rows: [images, patches, hidden] },
    run: (p, { features }) => ({
      rows: ops.linear(features!, p['model.mm_projector.weight']!, p['model.mm_projector.bias']!),
    }),
  });
}

function batchOf(io: ReferenceCase['io'], name: string): TextBatch {
  const rowsOf = (tensor: string): number[][] => {
    const { data, shape } = io.ints(`${name}/${tensor}`);
    const width = shape[1] ?? 0;
    return Array.from({ length: shape[0] ?? 0 }, (_, row) => [...data.subarray(row * width, (row + 1) * width)]);
  };
  return {
    ids: rowsOf('in.input_ids'),
    labels: io.has(`${name}/in.labels`) ? rowsOf('in.labels') : null,
    attentionMask: rowsOf('in.attention_mask').map((row) => row.map((value) => value === 1)),
  };
}
