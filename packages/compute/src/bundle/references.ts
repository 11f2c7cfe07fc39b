import { readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { Sim4SegError } from '@sim4seg/core';
import { z } from 'zod';
import { localPathsFile, type BundleManifest } from './manifest.js';

const localPathsSchema = z.record(z.string(), z.string().refine(isAbsolute, 'must be an absolute path'));

/**
 * Where the files that a bundle refers to lie on this machine. The manifest never says it: a bundle that came from
 * elsewhere cannot point at files of this machine.
 * @throws BUNDLE_MISSING naming the files without a place
 */
export async function readLocalPaths(folder: string, manifest: BundleManifest): Promise<ReadonlyMap<string, string>> {
  const names = Object.keys(manifest.references);
  if (!names.length) return new Map();
  const text = await readFile(join(folder, localPathsFile), 'utf8').catch(() => '{}');
  const places = parsePlaces(text);
  const missing = names.filter((name) => !Object.hasOwn(places, name));
  if (missing.length) throw withoutPlace(folder, missing.join(', '));
  return new Map(names.map((name) => [name, places[name] as string] as const));
}

function parsePlaces(text: string): Readonly<Record<string, string>> {
  try {
    return localPathsSchema.parse(JSON.parse(text));
  } catch {
    return {};
  }
}

function withoutPlace(folder: string, names: string): Sim4SegError {
  return new Sim4SegError('BUNDLE_MISSING', {
    must: `${localPathsFile} in ${folder} must say where the files lie that the bundle refers to`,
    got: `no place for ${names}`,
    fix: 'convert the weights again on this machine, or convert them with --weights copy',
  });
}
