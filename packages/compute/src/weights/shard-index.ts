import { Sim4SegError } from '@sim4seg/core';
import { parseHeaderJson } from './header-json.js';
import { invalidWeights } from './invalid.js';

/** The index of a sharded set: which file holds which tensor. */
export interface ShardIndex {
  readonly files: ReadonlyMap<string, string>;
  readonly metadata: Readonly<Record<string, string>>;
}

const shardName = /^[A-Za-z0-9_][\w.-]*\.(safetensors|bin|pt|pth)$/;

/**
 * Reads the JSON of a `*.safetensors.index.json` or `*.bin.index.json` file.
 * @throws WEIGHTS_INVALID for another form, PATH_OUTSIDE where it names a file outside its folder
 */
export function parseShardIndex(json: Uint8Array): ShardIndex {
  const tree = parseHeaderJson(decodeText(json), 'index');
  const map = isRecord(tree) ? tree['weight_map'] : undefined;
  if (!isRecord(tree) || !isRecord(map) || !Object.keys(map).length)
    throw invalidWeights('the index must hold a weight_map of tensors to files', 'none');
  const files = Object.entries(map).map(([name, file]) => [name, expectFileName(name, file)] as const);
  const notes = isRecord(tree['metadata']) ? Object.entries(tree['metadata']) : [];
  const metadata = Object.fromEntries(notes.map(([key, value]) => [key, toText(value)] as const));
  return { files: new Map(files), metadata };
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw invalidWeights('the index must be UTF-8', 'other bytes', cause);
  }
}

function expectFileName(tensor: string, file: unknown): string {
  if (typeof file === 'string' && shardName.test(file)) return file;
  throw new Sim4SegError(typeof file === 'string' ? 'PATH_OUTSIDE' : 'WEIGHTS_INVALID', {
    must: `The index must name a weights file of its own folder for "${tensor}"`,
    got: JSON.stringify(file),
    fix: 'fetch the index and its files again, into one folder',
  });
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
