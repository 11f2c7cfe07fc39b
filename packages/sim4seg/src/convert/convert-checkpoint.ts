import { readdir, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { composeBundle, type WrittenBundle } from '@sim4seg/compute/bundle';
import { Sim4SegError } from '@sim4seg/core';
import type { SamPreprocessing } from '@sim4seg/decoders';
import { loraPartOf } from './adapters.js';
import { describeModel } from './describe-model.js';
import { expectWhole } from './expect-whole.js';
import { readParts, type ModelParts } from './model-parts.js';
import type { Precision } from './set-reader.js';
import { closeSources, nameOf, openSources, type Source } from './source.js';
import { poolTensors } from './tensor-pool.js';
import { readTokenizer, type TokenizerFiles } from './tokenizer-files.js';
import { setsOf } from './weight-sets.js';
import { writeGraphs } from './write-graphs.js';
import { copyFiles, copySets, referToSets } from './write-sets.js';

export interface ConvertCheckpointOptions {
  /** Folder of the bundle. */
  readonly out: string;
  readonly weights: 'copy' | 'reference';
  readonly precision: Precision;
  readonly visionPrecision: Exclude<Precision, 'int4'>;
  readonly adapters: 'merge' | 'keep';
  /** Whether compiled graphs are written too; only where weights are copied. */
  readonly graphs: boolean;
  /** Assignments such as `sam-decoder.heads=4`, for sizes that neither shapes nor config.json tell. */
  readonly sizes: readonly string[];
  /** null: `medsam` for files of that name, else `sam`. */
  readonly preprocessing: SamPreprocessing | null;
  readonly licence: string | null;
}

/** A bundle that was made of official weights. */
export interface ConvertedBundle extends WrittenBundle {
  /** What each source was found to be. */
  readonly sources: readonly { readonly name: string; readonly format: string; readonly tensors: number }[];
  readonly parts: ModelParts;
  /** Tensors of the sources that no program asks for. */
  readonly leftOut: readonly string[];
}

/**
 * Makes a bundle of official weights: SAM and MedSAM (`.pth`), CLIP (folder), LISA and Sim4Seg (folder with safetensors or
 * shards of torch.save, adapters of PEFT). Tensors are read one at a time.
 * @param paths the weights, then what they lack (a vision tower, an adapter)
 * @throws WEIGHTS_INVALID, TOKENIZER_INVALID, NOT_FINITE, USAGE, WRITE_FAILED, DISK_FULL
 */
export async function convertCheckpoint(
  paths: readonly string[],
  options: ConvertCheckpointOptions,
): Promise<ConvertedBundle> {
  const sources = await openSources(paths);
  try {
    return await convertSources(sources, options);
  } finally {
    await closeSources(sources);
  }
}

async function convertSources(sources: readonly Source[], options: ConvertCheckpointOptions): Promise<ConvertedBundle> {
  expectOutside(sources, options.out);
  const pool = poolTensors(sources);
  const lora = loraPartOf(pool, sources);
  const kept: ModelParts = options.adapters === 'keep' && lora ? { 'llava-lora': lora } : {};
  const parts = { ...readParts(pool, sources, options.sizes), ...kept };
  const sets = setsOf(parts);
  const leftOut = expectWhole(pool, sets, { adaptersUsed: lora !== null });
  const tokenizer = parts.llava ? await readTokenizer(sources, parts.llava.llama.vocabularySize) : null;
  if (kept['llava-lora'] && options.precision === 'int4') throw keptInBlocks();
  const merge = options.adapters === 'merge' ? lora : null;
  const description = describeModel({
    ...options,
    ...factsOf(sources, options),
    parts,
    tokenIds: tokenizer?.ids ?? null,
  });
  const written = await composeBundle(options.out, description, async (folder) => {
    await writeTexts(folder, sources, tokenizer);
    const from = { pool, options: { ...options, merge } };
    if (options.weights === 'reference') return referToSets(sets, from);
    const weights = await copySets(folder, sets, from);
    if (options.graphs) await writeGraphs(folder, parts, { ...weights, precision: options.precision });
    return weights;
  });
  return { ...written, parts, leftOut, sources: sources.map(summary) };
}

function factsOf(sources: readonly Source[], { out, preprocessing }: ConvertCheckpointOptions) {
  const isMedSam = sources.some(({ reader }) => /med[-_]?sam/i.test(basename(reader.path)));
  return { name: basename(resolve(out)), preprocessing: preprocessing ?? (isMedSam ? 'medsam' : 'sam') } as const;
}

const summary = (source: Source) => ({
  name: nameOf(source),
  format: source.reader.format,
  tensors: source.reader.entries.size,
});

function keptInBlocks(): Sim4SegError {
  return new Sim4SegError('USAGE', {
    must: 'Adapters are kept beside matrices of floats, or merged before these go in blocks',
    got: '--adapters keep with --precision int4',
    fix: 'leave one of the two out',
  });
}

/** The bundle replaces what stands at its place. */
function expectOutside(sources: readonly Source[], out: string): void {
  const inside = sources.find(({ path }) => `${path}/`.startsWith(`${resolve(out)}/`));
  if (!inside) return;
  throw new Sim4SegError('USAGE', {
    must: 'The bundle must not take the place of the weights that it is made of',
    got: `--out ${out} holds ${nameOf(inside)}`,
    fix: 'name another folder with --out',
  });
}

async function writeTexts(folder: string, sources: readonly Source[], tokenizer: TokenizerFiles | null): Promise<void> {
  for (const [name, bytes] of tokenizer?.files ?? []) await writeFile(join(folder, name), bytes);
  const [first] = sources;
  if (!first?.folder) return;
  const names = (await readdir(first.folder)).filter((name) => /^(LICEN[CS]E|NOTICE)(\.(txt|md))?$/.test(name));
  await copyFiles(
    folder,
    names.map((name) => join(first.folder as string, name)),
  );
}
