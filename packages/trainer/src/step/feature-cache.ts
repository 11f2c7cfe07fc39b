import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { compile, toFloat32 } from '@sim4seg/compute';
import type { Program, Session, TensorValue } from '@sim4seg/compute';
import { readSafetensorsFile, writeSafetensorsFile } from '@sim4seg/compute/node';
import type { Part } from './parts.js';

/** Prefix of a frozen encoder's outputs among the inputs of a step. */
export const ENCODED_PREFIX = 'encoded.';

/** Outputs of a frozen image encoder, computed once an image and weights. */
export interface FeatureCache {
  /** Outputs of a batch, `encoded.<output>`; `image` float32[n,3,s,s]; model frame. */
  encode(image: Float32Array, sizes: { readonly images: number; readonly sidePx: number }): Promise<Encoded>;
  close(): Promise<void>;
}

type Encoded = Record<string, TensorValue>;

export interface FeatureCacheOptions {
  readonly folder: string;
  readonly encoder: Part;
  /** Parameters of the model, `<plugin id>.<name>`. */
  readonly params: Readonly<Record<string, TensorValue>>;
  readonly threads: number;
}

/**
 * A cache on disk: a folder a set of weights, a file an image, both named by the hash of their content, so that nothing in
 * it is ever out of date. A file that cannot be read is computed again. The encoder is compiled when the first image is new.
 */
export function createFeatureCache({ folder, encoder, params, threads }: FeatureCacheOptions): FeatureCache {
  const { program } = encoder.trainable;
  const own = paramsOf(encoder, params);
  const home = join(folder, hashOf(own, program));
  let session: Promise<Session> | null = null;
  const compute = async (image: Float32Array, sidePx: number): Promise<Encoded> => {
    session ??= compile(program, { dims: { images: 1 }, threads });
    const value: TensorValue = { data: image, shape: [1, 3, sidePx, sidePx], dtype: 'float32' };
    return (await session).run(own, { image: value });
  };
  const encodeOne = async (image: Float32Array, sidePx: number): Promise<Encoded> => {
    const path = join(home, `${createHash('sha256').update(bytesOf(image)).digest('hex')}.safetensors`);
    const stored = await readStored(path, program);
    if (stored) return stored;
    const encoded = await compute(image, sidePx);
    await mkdir(home, { recursive: true });
    await writeSafetensorsFile(path, encoded);
    return encoded;
  };
  return {
    encode: async (image, { images, sidePx }) => {
      const size = image.length / images;
      const each: Encoded[] = [];
      for (let i = 0; i < images; i++) each.push(await encodeOne(image.slice(i * size, (i + 1) * size), sidePx));
      return joined(each);
    },
    close: async () => (await session)?.release(),
  };
}

function paramsOf({ id, trainable }: Part, params: FeatureCacheOptions['params']): Encoded {
  const names = Object.keys(trainable.program.params);
  return Object.fromEntries(names.map((name) => [name, params[`${id}.${name}`] as TensorValue]));
}

function hashOf(params: Encoded, { name, outputs }: Program): string {
  const hash = createHash('sha256').update(JSON.stringify([name, outputs]));
  for (const key of Object.keys(params).sort()) {
    const { data, shape } = params[key] as TensorValue;
    hash.update(JSON.stringify([key, shape])).update(bytesOf(data));
  }
  return hash.digest('hex');
}

function bytesOf({ buffer, byteOffset, byteLength }: TensorValue['data']): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

async function readStored(path: string, { outputs }: Program): Promise<Encoded | null> {
  const file = await readSafetensorsFile(path).catch(() => null);
  if (!file || Object.keys(outputs).some((name) => !(name in file.tensors))) return null;
  const entries = Object.entries(file.tensors).map(([name, tensor]) => {
    return [name, { data: toFloat32(tensor), shape: tensor.shape, dtype: 'float32' }] as const;
  });
  return Object.fromEntries(entries);
}

/** Joins outputs along their first axis. */
function joined(each: readonly Encoded[]): Encoded {
  const names = Object.keys(each[0] ?? {});
  return Object.fromEntries(
    names.map((name) => {
      const values = each.map((encoded) => encoded[name] as TensorValue);
      const [, ...rest] = values[0]?.shape ?? [];
      const data = new Float32Array(values.reduce((sum, value) => sum + value.data.length, 0));
      values.forEach((value, i) => data.set(value.data as Float32Array, i * value.data.length));
      return [`${ENCODED_PREFIX}${name}`, { data, shape: [values.length, ...rest], dtype: 'float32' }];
    }),
  );
}
