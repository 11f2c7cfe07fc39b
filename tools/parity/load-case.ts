import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { WeightTensor } from '@sim4seg/compute';
import { readSafetensorsFile } from '@sim4seg/compute/node';
import { loadReferenceCase, ReferenceTensors, type ReferenceCase } from '@sim4seg/testing';

const furtherFile = /^(io-.+)\.safetensors$/;
const expectedFile = /^(.+)\.expected\.safetensors$/;

/**
 * Loads a case folder. One without `io.safetensors` expects the tensors of its files `<name>.expected.safetensors`,
 * which are then called `<name>/out.<tensor>`.
 */
export async function loadCase(folder: string): Promise<ReferenceCase> {
  const all = existsSync(folder) ? await readdir(folder) : [];
  if (all.includes('io.safetensors')) return withFurtherFiles(await loadReferenceCase(folder), all);
  const files = all.filter((file) => expectedFile.test(file));
  if (!files.length || !existsSync(join(folder, 'config.json'))) return loadReferenceCase(folder);
  const config = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')) as Record<string, unknown>;
  const tensors: Record<string, WeightTensor> = {};
  for (const file of files) {
    const { tensors: expected } = await readSafetensorsFile(join(folder, file));
    const group = expectedFile.exec(file)?.[1] as string;
    for (const [name, tensor] of Object.entries(expected)) tensors[`${group}/out.${name}`] = tensor;
  }
  const name = `${basename(dirname(folder))}/${basename(folder)}`;
  return { folder, name, config, io: new ReferenceTensors(tensors), weights: {} };
}

/** Tensors of further files `io-<name>.safetensors` are called `io-<name>/<tensor>`. */
async function withFurtherFiles(reference: ReferenceCase, files: readonly string[]): Promise<ReferenceCase> {
  const further = files.filter((file) => furtherFile.test(file));
  if (!further.length) return reference;
  const tensors = Object.fromEntries(reference.io.names.map((name) => [name, reference.io.take(name)]));
  for (const file of further) {
    const content = await readSafetensorsFile(join(reference.folder, file));
    const group = furtherFile.exec(file)?.[1] as string;
    for (const [name, tensor] of Object.entries(content.tensors)) tensors[`${group}/${name}`] = tensor;
  }
  return { ...reference, io: new ReferenceTensors(tensors) };
}
