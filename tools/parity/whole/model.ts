import { join } from 'node:path';
import { llavaTextParams, llavaVisionParams } from '@sim4seg/backbones';
import type { LlavaForm } from '@sim4seg/backbones';
import { prefixSpecs, toFloat32 } from '@sim4seg/compute';
import type { ParamSpec, Specs, WeightTensor } from '@sim4seg/compute';
import { readSafetensorsFile } from '@sim4seg/compute/node';
import { promptEncoderSpecs, samDecoderSpecs, samImageEncoderSpecs } from '@sim4seg/decoders';
import type { Values } from '../engines.js';
import { paramsByKey } from '../params-by-key.js';
import { formOf, samSizesOf } from './settings.js';
import type { SamSizes, WholeConfig } from './settings.js';

const SAM_KEY = 'model.visual_model.';
const ADAPTER_KEY = 'base_model.model.';

/** All parts of a case's model. */
export interface WholeModel {
  readonly form: LlavaForm;
  readonly sam: SamSizes;
  /** Key tables with the keys of the whole checkpoint. */
  readonly vision: Specs<ParamSpec>;
  readonly encoder: Specs<ParamSpec>;
  /** Of the LLaMA, the seg projection, and `prompt.` and `decoder.`; what a training step holds. */
  readonly trained: Specs<ParamSpec>;
  readonly params: Record<'vision' | 'encoder' | 'trained', Values>;
}

/** Reads weights and adapter of a case; `config` names their files relative to its folder. */
export async function loadModel(folder: string, config: WholeConfig): Promise<WholeModel> {
  const [form, sam] = [formOf(config), samSizesOf(config)];
  const read = async (file: string): Promise<Record<string, WeightTensor>> =>
    (await readSafetensorsFile(join(folder, file))).tensors;
  const { weights: file = 'weights.safetensors', adapter } = config;
  const weights = { ...(await read(file)), ...(adapter && (await read(adapter))) };
  const tables = {
    vision: llavaVisionParams(form),
    encoder: inCheckpoint(samImageEncoderSpecs(sam.encoder)),
    trained: {
      ...llavaTextParams(form),
      ...prefixSpecs('prompt.', inCheckpoint(promptEncoderSpecs(sam.prompt))),
      ...prefixSpecs('decoder.', inCheckpoint(samDecoderSpecs(sam.decoder))),
    },
  };
  const params = {
    vision: paramsByKey(tables.vision, weights),
    encoder: paramsByKey(tables.encoder, weights),
    trained: paramsByKey(tables.trained, weights),
  };
  return { form, sam, ...tables, params };
}

/** Keys of SAM's parts inside the whole model. */
function inCheckpoint(specs: Specs<ParamSpec>): Specs<ParamSpec> {
  return Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => [name, { ...spec, key: SAM_KEY + (spec.key ?? name) }]),
  );
}

/** Name of a parameter after `grad.`, `after.` and in the lists of a config: its key, adapters without their prefix. */
export function stateDictName(name: string, specs: Specs<ParamSpec>): string {
  const key = specs[name]?.key ?? name;
  return key.startsWith(ADAPTER_KEY) ? key.slice(ADAPTER_KEY.length) : key;
}

/** What the official training moves: adapters, embeddings, head, seg projection and mask decoder. */
export function isTrained(name: string): boolean {
  return /(\.lora_[AB]\.|^llama\.embed_tokens\.|^llama\.lm_head\.|^seg_projection\.|^decoder\.)/.test(name);
}

/** Largest magnitude of a tensor. */
export const largestOf = (tensor: WeightTensor): number =>
  toFloat32(tensor).reduce((max, value) => Math.max(max, Math.abs(value)), 0);
