import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A tensor of a reference file. */
export interface ReferenceTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Uint8Array | Int32Array;
}

const fixtures = fileURLToPath(new URL('../../testing/fixtures/', import.meta.url));
const full = fileURLToPath(new URL('../../../../shared/parity/', import.meta.url));

/** Whether the full folders lie beside the workspace. */
export const hasFullReferences = existsSync(full);

/** Reads a reference case: the full one beside the workspace where it is, else the small committed part of it. */
export function readReference(folder: string): {
  config: Record<string, unknown>;
  tensors: Map<string, ReferenceTensor>;
} {
  const root = existsSync(`${full}${folder}/io.safetensors`) ? full : fixtures;
  if (root === fixtures)
    process.stdout.write(`${folder}: the full reference is not here, its committed part is used\n`);
  const config = JSON.parse(readFileSync(`${root}${folder}/config.json`, 'utf8')) as Record<string, unknown>;
  return { config, tensors: readTensors(readFileSync(`${root}${folder}/io.safetensors`)) };
}

function readTensors(file: Buffer): Map<string, ReferenceTensor> {
  const length = Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.subarray(8, 8 + length).toString('utf8')) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  const tensors = new Map<string, ReferenceTensor>();
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const bytes = new Uint8Array(file.subarray(8 + length + entry.data_offsets[0], 8 + length + entry.data_offsets[1]));
    const data =
      entry.dtype === 'U8'
        ? bytes
        : entry.dtype === 'I32'
          ? new Int32Array(bytes.buffer)
          : new Float32Array(bytes.buffer);
    tensors.set(name, { shape: entry.shape, data });
  }
  return tensors;
}
