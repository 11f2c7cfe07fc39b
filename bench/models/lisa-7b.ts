// The parts of a model of the shape of LISA-7B, and files of random weights for them.
import { join } from 'node:path';
import { int4Linears, llavaDecodeProgram, llavaPrefillProgram, llavaVisionProgram } from '@sim4seg/backbones';
import type { LlavaForm } from '@sim4seg/backbones';
import type { Int4Arithmetic, Program } from '@sim4seg/compute';
import {
  maskDecoderSizesSchema,
  promptEncoderProgram,
  promptEncoderSizesSchema,
  samDecoderProgram,
  samImageEncoderProgram,
  samImageEncoderSizesSchema,
} from '@sim4seg/decoders';
import { LISA_7B } from './llava-sizes.js';
import { writeRandomWeights } from './random-weights.js';

export const SAM_H = samImageEncoderSizesSchema.parse({
  tokenWidth: 1280,
  depth: 32,
  heads: 16,
  globalBlocks: [7, 15, 23, 31],
});

const SAM = { width: 256, embeddingSide: 64 };

const formOf = (arithmetic: Int4Arithmetic): LlavaForm => ({
  ...LISA_7B,
  llama: { ...LISA_7B.llama, linears: int4Linears({ arithmetic }) },
});

/** Programs by the name of the weights file that they read. */
export const PARTS = {
  encoder: samImageEncoderProgram(SAM_H),
  vision: llavaVisionProgram(LISA_7B),
  prompts: promptEncoderProgram(promptEncoderSizesSchema.parse({ ...SAM, inputSidePx: 1024 })),
  masks: samDecoderProgram(maskDecoderSizesSchema.parse({ ...SAM, heads: 8, mlpWidth: 2048, iouHeadWidth: 256 })),
} as const;

export const prefillOf = (arithmetic: Int4Arithmetic): Program => llavaPrefillProgram(formOf(arithmetic));
export const decodeOf = (arithmetic: Int4Arithmetic): Program => llavaDecodeProgram(formOf(arithmetic));

export const fileOf = (folder: string, part: string): string => join(folder, `${part}.safetensors`);

export async function writeParts(folder: string): Promise<void> {
  for (const [part, program] of Object.entries(PARTS))
    await writeRandomWeights(fileOf(folder, part), program, { matrices: 'float16' });
  await writeRandomWeights(fileOf(folder, 'lvlm'), prefillOf('float32'), { matrices: 'float16' });
}
