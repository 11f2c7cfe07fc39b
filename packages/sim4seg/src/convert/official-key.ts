/**
 * The key of a tensor in the program's own checkpoint, without what training scripts and larger models put before it:
 * paths of a checkpoint (`state_dict/`), `module.`, PEFT's `base_model.model.`, LISA's `visual_model.` and `vision_tower.`.
 */
export function officialKey(name: string): string {
  const bare = name
    .slice(name.lastIndexOf('/') + 1)
    .replace(/^module\./, '')
    .replace(/^base_model\.model\./, '')
    .replace('.base_layer.', '.')
    .replace(/\.modules_to_save\.[^.]+\./, '.');
  const part = /(?:^|\.)((?:image_encoder|prompt_encoder|mask_decoder|vision_model)\..+)$/.exec(bare);
  return part?.[1] ?? bare;
}

/** Tensors of official checkpoints that no program reads: buffers that are computed, and parts that are not used. */
const UNUSED = [
  /\.rotary_emb\.inv_freq$/,
  /(^|\.)position_ids$/,
  /(^|\.)text_model\./,
  /(^|\.)(logit_scale|visual_projection\.weight|text_projection\.weight)$/,
  /(^|\.)pixel_(mean|std)$/,
  /\.original_module\./,
];

/** Whether a tensor is known and of no use. */
export const isUnused = (name: string): boolean => UNUSED.some((pattern) => pattern.test(name));

/** Layer and matrix of an adapter's tensor, under PEFT's names of any version; null for others. */
export function adapterKey(name: string): { readonly layer: string; readonly matrix: 'A' | 'B' } | null {
  const [, layer, matrix] = /^(.+)\.lora_(A|B)(?:\.[^.]+)?\.weight$/.exec(officialKey(name)) ?? [];
  return layer === undefined ? null : { layer, matrix: matrix as 'A' | 'B' };
}
