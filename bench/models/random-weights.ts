// Weights files of random numbers for models too large to be drawn number by number.
import { randomFillSync } from 'node:crypto';
import { createRandom } from '@sim4seg/core';
import { elementCount, toHalf } from '@sim4seg/compute';
import type { ParamSpec, Program, StoredTensor } from '@sim4seg/compute';
import { streamSafetensors } from '@sim4seg/compute/node';
import type { TensorPlan } from '@sim4seg/compute/node';

/** Every matrix is another piece of one block of random numbers. */
const NOISE = 2 ** 22;
/** Deviation of integers that are spread evenly over 16 levels. */
const NIBBLE_DEVIATION = 4.6;
const MIDDLE_ZEROS = 0x88;

export interface RandomWeightsOptions {
  /** How matrices that are not in blocks are stored; vectors are float32. */
  readonly matrices: 'float16' | 'float32';
}

function shapeOf(name: string, { dims }: ParamSpec): number[] {
  if (dims.every((dim) => typeof dim === 'number')) return dims as number[];
  throw new Error(`${name} has a free size`);
}

function planOf({ params }: Program, { matrices }: RandomWeightsOptions): TensorPlan {
  const stored = Object.entries(params).map(([name, spec]): [string, StoredTensor] => {
    const shape = shapeOf(name, spec);
    const dtype = spec.dtype === 'uint8' ? 'uint8' : shape.length > 1 ? matrices : 'float32';
    return [name, { dtype, shape }];
  });
  return new Map(stored);
}

/** Deviation of a matrix that keeps the size of what flows through it; what adds to a stream adds little. */
const deviation = (name: string, inputs: number): number =>
  (/o_proj|down_proj|out_proj|lin2|proj\.weight/.test(name) ? 0.2 : 1) / Math.sqrt(inputs);

/** Columns of the matrix that scales belong to. */
function columnsOf(name: string, plan: TensorPlan): number {
  const [, blocks = 1, bytes = 16] = plan.get(name.replace(/scales$/, 'int4'))?.shape ?? [];
  return blocks * bytes * 2;
}

async function* tensorsOf(plan: TensorPlan) {
  const random = createRandom(1);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(6.283 * random.uniform());
  const noise = Float32Array.from({ length: NOISE }, normal);
  for (const [name, { dtype, shape }] of plan) {
    const count = elementCount(shape);
    if (dtype === 'uint8') {
      const data = new Uint8Array(count);
      yield [name, { data: /zeros$/.test(name) ? data.fill(MIDDLE_ZEROS) : fillRandom(data), shape, dtype }] as const;
      continue;
    }
    const data = new Float32Array(count);
    if (/scales$/.test(name)) data.fill(deviation(name, columnsOf(name, plan)) / NIBBLE_DEVIATION);
    else if (shape.length > 1) repeatNoise(data, noise, embeds(name) ? 1 : deviation(name, count / shape[0]!));
    else data.fill(/norm\d?\.weight|norm\.weight|layrnorm\.weight/.test(name) ? 1 : 0);
    yield [name, { data: dtype === 'float16' ? toHalf(data) : data, shape, dtype }] as const;
  }
}

const embeds = (name: string): boolean => /embed_tokens/.test(name);

function fillRandom(data: Uint8Array): Uint8Array {
  const most = 2 ** 28;
  for (let at = 0; at < data.length; at += most) randomFillSync(data, at, Math.min(most, data.length - at));
  return data;
}

function repeatNoise(data: Float32Array, noise: Float32Array, scale: number): void {
  const start = data.length % 9973;
  for (let i = 0; i < data.length; i++) data[i] = scale * noise[(start + i) % NOISE]!;
}

/** Writes random weights of a program under the names of its parameters. */
export async function writeRandomWeights(path: string, program: Program, options: RandomWeightsOptions): Promise<void> {
  const plan = planOf(program, options);
  await streamSafetensors(path, plan, tensorsOf(plan));
}
