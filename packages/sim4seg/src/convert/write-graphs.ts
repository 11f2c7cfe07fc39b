import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { llavaFormOf, llavaInferenceGraphs } from '@sim4seg/backbones';
import { trace, trainableOf } from '@sim4seg/compute';
import type { InferenceGraph, Program, StoredRange } from '@sim4seg/compute';
import type { BundleWeights } from '@sim4seg/compute/bundle';
import { openSafetensors } from '@sim4seg/compute/node';
import { Sim4SegError } from '@sim4seg/core';
import { SAM_ENCODE_GRAPH, samDecoderPlugin, samImageEncoderProgram, samPromptEncoderPlugin } from '@sim4seg/decoders';
import type { ModelParts } from './model-parts.js';
import type { Precision } from './set-reader.js';

type Ranges = ReadonlyMap<string, StoredRange>;

/**
 * Compiles the programs of the parts to graphs whose parameters are ranges of the weights files in the folder, so that
 * answering traces nothing.
 */
export async function writeGraphs(
  folder: string,
  parts: ModelParts,
  { weightSets, precision }: Pick<BundleWeights, 'weightSets'> & { readonly precision: Precision },
): Promise<void> {
  const ranges = await rangesOf(folder, Object.values(weightSets));
  await mkdir(join(folder, 'graphs'));
  for (const { graph, program, dims } of graphsOf(parts, precision)) {
    const { model } = trace(program, { dims, params: { kind: 'external', ranges: paramsOf(program, ranges) } });
    await writeFile(join(folder, 'graphs', `${graph}.onnx`), model);
  }
}

function graphsOf(parts: ModelParts, precision: Precision): readonly InferenceGraph[] {
  const { 'sam-image-encoder': encoder, 'sam-prompt-encoder': prompts, 'sam-decoder': decoder, llava } = parts;
  const form = llava && llavaFormOf({ name: 'llava', parts }, { precision: precision === 'int4' ? 'int4' : 'float' });
  return [
    ...(encoder ? [{ graph: SAM_ENCODE_GRAPH, program: samImageEncoderProgram(encoder), dims: { images: 1 } }] : []),
    ...((prompts && trainableOf(samPromptEncoderPlugin, prompts)?.inferenceGraphs()) ?? []),
    ...((decoder && trainableOf(samDecoderPlugin, decoder)?.inferenceGraphs()) ?? []),
    ...(form ? llavaInferenceGraphs(form) : []),
  ];
}

/** Places of all tensors by key. Keys of different sets differ. */
async function rangesOf(folder: string, sets: readonly { readonly file: string }[]): Promise<Ranges> {
  const ranges = new Map<string, StoredRange>();
  for (const { file } of sets) {
    await using reader = await openSafetensors(join(folder, file));
    for (const [key, { begin, end, shape, dtype }] of reader.entries)
      ranges.set(key, { place: { location: file, offset: begin, length: end - begin }, shape, dtype });
  }
  return ranges;
}

function paramsOf({ name, params }: Program, ranges: Ranges): Record<string, StoredRange> {
  const found = Object.entries(params).map(([param, { key = param }]) => {
    const range = ranges.get(key);
    if (range) return [param, range] as const;
    throw new Sim4SegError('WEIGHTS_INVALID', {
      must: `The weights must hold "${key}", which the program ${name} asks for`,
      got: 'no tensor of this key',
      fix: 'convert with --no-graphs, and report this: it is a defect',
    });
  });
  return Object.fromEntries(found);
}
