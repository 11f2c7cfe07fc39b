import { defineProgram, ops, type Dim, type Program, type Tensor } from '@sim4seg/compute';
import {
  boxTokens,
  gridPositionCode,
  maskPrompt,
  noMaskPrompt,
  pointTokens,
  POSITION_MATRIX,
  promptEncoderSpecs,
} from '@sim4seg/decoders';
import type { ReferenceTensors } from '@sim4seg/testing';
import type { CaseRunner } from '../checker.js';
import type { Values } from '../engines.js';
import { checkProgram, paramsOf, valueOf } from '../run-program.js';

type Tensors = Readonly<Record<string, Tensor>>;

interface Sizes {
  readonly width: number;
  readonly maskChannels: number;
  readonly grid: { readonly height: number; readonly width: number };
  readonly frame: { readonly heightPx: number; readonly widthPx: number };
}

const stages = ['0', '1', '3', '4'] as const;
const kinds = ['coords', 'labels', 'boxes', 'masks', 'text_embeds'] as const;

function sizesOf(model: Record<string, unknown>): Sizes {
  const [height = 0, width = 0] = model['image_embedding_size'] as number[];
  const [heightPx = 0, widthPx = 0] = model['input_image_size'] as number[];
  const grid = { height, width };
  return {
    width: model['embed_dim'] as number,
    maskChannels: model['mask_in_chans'] as number,
    grid,
    frame: { heightPx, widthPx },
  };
}

/** Inputs of a sub-case; without boxes the official encoder adds a point that is none. */
function inputsOf(io: ReferenceTensors, name: string): Values {
  const present = kinds.filter((kind) => io.has(`${name}/in.${kind}`));
  const values = Object.fromEntries(present.map((kind) => [kind, valueOf(io, `${name}/in.${kind}`)]));
  const { labels } = values;
  if (labels) values['labels'] = { ...labels, data: Int32Array.from(labels.data), dtype: 'int32' };
  return values;
}

function sparseOf(p: Tensors, x: Tensors, { frame }: Sizes): Tensor | undefined {
  const parts: Tensor[] = [];
  if (x['coords'] && x['labels']) parts.push(pointTokens(p, withPadding(x['coords'], x['labels'], !x['boxes']), frame));
  if (x['boxes']) parts.push(boxTokens(p, x['boxes'], frame));
  if (x['text_embeds']) parts.push(x['text_embeds']);
  return parts.length > 1 ? ops.concat(parts, 1) : parts[0];
}

function withPadding(
  points: Tensor,
  labels: Tensor,
  adds: boolean,
): { readonly points: Tensor; readonly labels: Tensor } {
  if (!adds) return { points, labels };
  const batch = points.shape[0] ?? 1;
  const none = ops.fill([batch, 1], -1, 'int32');
  return { points: ops.concat([points, ops.zeros([batch, 1, 2])], 1), labels: ops.concat([labels, none], 1) };
}

function denseOf(p: Tensors, x: Tensors, { grid, width }: Sizes): Record<string, Tensor> {
  const { masks } = x;
  if (!masks) {
    const batch = (x['coords'] ?? x['boxes'] ?? x['text_embeds'])?.shape[0] ?? 1;
    return { dense: ops.broadcastTo(noMaskPrompt(p, grid), [batch, width, grid.height, grid.width]) };
  }
  const isFlat = masks.shape.length === 3;
  const mask = isFlat ? ops.expandDims(masks, 0) : masks;
  const result = maskPrompt(p, mask, isFlat ? 'rows' : 'channels');
  const shown = (tensor: Tensor) => (isFlat ? ops.squeeze(tensor, [0]) : tensor);
  const inner = stages.map((stage) => [`stage${stage}`, shown(result.stages[Number(stage)] as Tensor)] as const);
  return { dense: shown(result.dense), ...Object.fromEntries(inner) };
}

function programOf(sizes: Sizes, name: string, inputs: Values, outputs: Record<string, readonly Dim[]>): Program {
  const specs = Object.entries(inputs).map(([key, { shape, dtype }]) => [key, { dims: shape, dtype }] as const);
  return defineProgram({
    name,
    params: promptEncoderSpecs(sizes),
    inputs: Object.fromEntries(specs),
    outputs,
    run(p, x) {
      const sparse = sparseOf(p, x, sizes);
      const all = { ...denseOf(p, x, sizes), ...(sparse ? { sparse } : {}) } as Record<string, Tensor>;
      return Object.fromEntries(Object.keys(outputs).map((output) => [output, all[output] as Tensor]));
    },
  });
}

function positionProgram({ width, maskChannels, grid }: Sizes): Program {
  return defineProgram({
    name: 'dense position code',
    params: promptEncoderSpecs({ width, maskChannels }),
    inputs: {},
    outputs: { pe: [1, width, grid.height, grid.width] },
    run(p) {
      const tokens = gridPositionCode(p[POSITION_MATRIX] as Tensor, grid);
      return { pe: ops.reshape(ops.transpose(tokens, [0, 2, 1]), [1, width, grid.height, grid.width]) };
    },
  });
}

export const run: CaseRunner = async ({ io, config, weights }, check, engines) => {
  const sizes = sizesOf(config['model'] as Record<string, unknown>);
  const position = positionProgram(sizes);
  const params = paramsOf(position, weights);
  if (io.has('dense_pe/out.pe'))
    await checkProgram({ check, engines }, { program: position, params, inputs: {} }, { pe: 'dense_pe/out.pe' });
  for (const name of Object.keys(config['subcases'] as object)) {
    const inputs = inputsOf(io, name);
    const tensors: Record<string, string> = { dense: `${name}/out.dense`, sparse: `${name}/out.sparse` };
    for (const stage of stages) tensors[`stage${stage}`] = `${name}/mid.mask_downscaling${stage}`;
    const stored = Object.fromEntries(Object.entries(tensors).filter(([, tensor]) => io.has(tensor)));
    const outputs = Object.entries(stored).map(([output, tensor]) => [output, io.take(tensor).shape] as const);
    const program = programOf(sizes, name, inputs, Object.fromEntries(outputs));
    await checkProgram({ check, engines }, { program, params, inputs }, stored);
  }
};
