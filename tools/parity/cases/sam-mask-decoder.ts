import { defineProgram, ops, type Program, type Tensor, type TensorValue } from '@sim4seg/compute';
import { decodeMasks, samDecoderSpecs } from '@sim4seg/decoders';
import type { CaseRunner, Checker, Computed } from '../checker.js';
import { paramsOf, valueOf } from '../run-program.js';

interface Model {
  readonly transformer_dim: number;
  readonly depth: number;
  readonly num_heads: number;
  readonly mlp_dim: number;
  readonly num_multimask_outputs: number;
  readonly iou_head_depth: number;
  readonly iou_head_hidden_dim: number;
  readonly embedding_size: readonly [number, number];
  readonly batch: number;
  readonly prompt_tokens: number;
}

function decoderProgram(model: Model): Program {
  const [height, width] = model.embedding_size;
  const { batch, transformer_dim: channels } = model;
  const masks = model.num_multimask_outputs + 1;
  const sizes = {
    width: channels,
    embeddingSide: height,
    heads: model.num_heads,
    depth: model.depth,
    mlpWidth: model.mlp_dim,
    multimasks: model.num_multimask_outputs,
    iouHeadDepth: model.iou_head_depth,
    iouHeadWidth: model.iou_head_hidden_dim,
  };
  return defineProgram({
    name: 'mask decoder',
    params: samDecoderSpecs(sizes),
    inputs: {
      embedding: [1, channels, height, width],
      position: [1, channels, height, width],
      sparse: [batch, model.prompt_tokens, channels],
      dense: [batch, channels, height, width],
    },
    outputs: { masks: [batch, masks, 4 * height, 4 * width], iou: [batch, masks] },
    run(p, x) {
      const { embedding, position, sparse, dense } = x as Record<'embedding' | 'position' | 'sparse' | 'dense', Tensor>;
      const imageCode = ops.transpose(ops.reshape(position, [1, channels, height * width]), [0, 2, 1]);
      const { lowResLogits, predictedIou } = decodeMasks(p, { embedding, imageCode, sparse, dense }, sizes);
      return { masks: lowResLogits, iou: predictedIou };
    },
  });
}

/** Masks `from` to `to` of every row. */
function masksFrom({ data, shape }: TensorValue, from: number, to: number): Computed {
  const [rows = 1, masks = 1, ...rest] = shape;
  const size = rest.reduce((product, side) => product * side, 1);
  const picked = Array.from({ length: rows }, (_, row) => [
    ...data.subarray((row * masks + from) * size, (row * masks + to) * size),
  ]);
  return { data: picked.flat(), shape: [rows, to - from, ...rest] };
}

function repeatRow({ data, shape, dtype }: TensorValue, times: number): TensorValue {
  const repeated = Float32Array.from(Array.from({ length: times }, () => [...data]).flat());
  return { data: repeated, shape: [times, ...shape], dtype };
}

function compare(check: Checker, name: string, computed: { masks: Computed; iou: Computed }, engine: string): void {
  check.close(`${name}/out.masks`, { ...computed.masks, engine });
  check.close(`${name}/out.iou`, { ...computed.iou, engine });
}

export const run: CaseRunner = async ({ io, config, weights }, check, engines) => {
  const model = config['model'] as Model;
  const program = decoderProgram(model);
  const params = paramsOf(program, weights);
  const [embedding, position, sparse] = ['image_embeddings', 'image_pe', 'sparse'].map((name) =>
    valueOf(io, `in.${name}`),
  );
  const shared = { embedding, position, sparse } as Record<string, TensorValue>;
  const pick = (outputs: Readonly<Record<string, TensorValue>>, from: number, to: number) => ({
    masks: masksFrom(outputs['masks'] as TensorValue, from, to),
    iou: masksFrom(outputs['iou'] as TensorValue, from, to),
  });
  const flat = repeatRow(valueOf(io, 'in.dense_3d'), model.batch);
  for (const engine of engines) {
    const outputs = await engine.run(program, params, { ...shared, dense: valueOf(io, 'in.dense') });
    compare(check, 'single', pick(outputs, 0, 1), engine.name);
    compare(check, 'multi', pick(outputs, 1, model.num_multimask_outputs + 1), engine.name);
    const fromFlat = await engine.run(program, params, { ...shared, dense: flat });
    compare(check, 'dense3d', pick(fromFlat, 0, 1), engine.name);
  }
};
