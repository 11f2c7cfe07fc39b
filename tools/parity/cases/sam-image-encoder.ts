import { defineProgram, type Program, type Tensor } from '@sim4seg/compute';
import { encodeSamImage, samImageEncoderSizesSchema, samImageEncoderSpecs } from '@sim4seg/decoders';
import type { SamImageEncoderSizes } from '@sim4seg/decoders';
import type { CaseRunner } from '../checker.js';
import { paramsOf, valueOf } from '../run-program.js';

interface Model {
  readonly patch_size: number;
  readonly embed_dim: number;
  readonly depth: number;
  readonly num_heads: number;
  readonly mlp_ratio: number;
  readonly out_chans: number;
  readonly qkv_bias: boolean;
  readonly norm_eps: number;
  readonly use_abs_pos: boolean;
  readonly use_rel_pos: boolean;
  readonly window_size: number;
  readonly global_attn_indexes: readonly number[];
  readonly img_size: number;
}

function sizesOf(model: Model, relativeTableRows: unknown): SamImageEncoderSizes {
  return samImageEncoderSizesSchema.parse({
    inputSidePx: model.img_size,
    patchPx: model.patch_size,
    tokenWidth: model.embed_dim,
    depth: model.depth,
    heads: model.num_heads,
    mlpRatio: model.mlp_ratio,
    width: model.out_chans,
    windowSide: model.window_size,
    globalBlocks: model.global_attn_indexes,
    queryKeyValueBias: model.qkv_bias,
    absolutePositions: model.use_abs_pos,
    relativePositions: model.use_rel_pos,
    normEps: model.norm_eps,
    relativeTableRows,
  });
}

/** The encoder on images of any shape: the case has one that is not square. */
function programOf(sizes: SamImageEncoderSizes, image: readonly number[]): Program {
  const [batch = 1, , height = 1, width = 1] = image;
  const { patchPx } = sizes;
  return defineProgram({
    name: 'image encoder',
    params: samImageEncoderSpecs(sizes),
    inputs: { image },
    outputs: { embedding: [batch, sizes.width, height / patchPx, width / patchPx] },
    run: (p, x) => ({ embedding: encodeSamImage(p, x['image'] as Tensor, sizes) }),
  });
}

export const run: CaseRunner = async ({ io, config, weights }, check, engines) => {
  const sizes = sizesOf(config['model'] as Model, config['rel_pos_lengths']);
  const image = valueOf(io, 'in.image');
  const program = programOf(sizes, image.shape);
  const params = paramsOf(program, weights);
  const stored = io.names.filter((name) => name.startsWith('mid.'));
  const taps = stored.map((name) => name.slice('mid.'.length).replace('.', '/'));
  for (const engine of engines) {
    const outputs = await engine.run(program, params, { image }, taps);
    stored.forEach((name, i) => check.close(name, { ...outputs[`tap/${taps[i]}`]!, engine: engine.name }));
    check.close('out.embedding', { ...outputs['embedding']!, engine: engine.name });
  }
};
