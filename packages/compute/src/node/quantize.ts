import { Sim4SegError } from '@sim4seg/core';
import type { StoredTensor, WeightsReader } from '../weights/reader.js';
import type { WritableTensor } from '../weights/safetensors.js';
import { elementBytes, elementCount } from '../weights/tensor-value.js';
import { quantizationKey, type QuantizationNote, type QuantizedType } from '../weights/quantize/note.js';
import { canRound, roundedPlan, roundTensor, type Rounding } from '../weights/quantize/quantize-tensor.js';
import type { RoundingError } from '../weights/quantize/rounding-error.js';
import { openWeights } from './open-weights.js';
import { streamSafetensors } from './stream-safetensors.js';
import type { WriteAtomicOptions } from './write-atomic.js';

export interface QuantizeOptions extends WriteAtomicOptions {
  readonly dtype: QuantizedType;
  /** Elements that share a scale, for int4 and int8; 32 if left out. */
  readonly blockSize?: number;
  /**
   * Which tensors are rounded, among those that can be. If left out: matrices of at least one whole block that are not
   * embeddings, and for float16 everything that is not a vector. The others stay as they are.
   */
  readonly select?: (name: string, tensor: StoredTensor) => boolean;
}

/** How one tensor was rounded. */
export interface QuantizedTensor extends RoundingError {
  readonly name: string;
  readonly shape: readonly number[];
  readonly bytesBefore: number;
  readonly bytes: number;
}

/** What rounding did: an error for each rounded tensor, in file order, and the sizes of all tensors. */
export interface QuantizationReport {
  readonly dtype: QuantizedType;
  readonly blockSize: number | null;
  readonly tensors: readonly QuantizedTensor[];
  readonly kept: readonly string[];
  readonly bytesBefore: number;
  readonly bytes: number;
}

/**
 * Writes weights of any known form as a safetensors file of lower precision, tensor by tensor: memory is bounded by the
 * largest one. A matrix becomes `<name>.int4` (or `.int8`), `<name>.scales` and `<name>.zeros`, in the layout of ONNX
 * Runtime's MatMulNBits; `__metadata__.quantization` says which.
 * @param source a path, or an open reader, which stays open
 * @throws WEIGHTS_INVALID, NOT_FINITE naming the tensor, DISK_FULL, WRITE_FAILED
 */
export async function quantize(
  source: string | WeightsReader,
  target: string,
  options: QuantizeOptions,
): Promise<QuantizationReport> {
  if (typeof source !== 'string') return quantizeFrom(source, target, options);
  await using reader = await openWeights(source);
  return await quantizeFrom(reader, target, options);
}

async function quantizeFrom(
  reader: WeightsReader,
  target: string,
  { dtype, blockSize = 32, select, ...writing }: QuantizeOptions,
): Promise<QuantizationReport> {
  const rounding = { dtype, blockSize };
  const chosen = choose(reader, select ?? defaultSelection(rounding), dtype);
  const plan = new Map([...reader.entries].flatMap(([name, tensor]) => planOf(name, tensor, chosen, rounding)));
  expectDistinct(reader, chosen, plan, rounding);
  const report: QuantizedTensor[] = [];
  const metadata = { ...reader.metadata, ...noteOf(chosen, rounding) };
  await streamSafetensors(target, plan, roundAll(reader, chosen, { rounding, report }), { ...writing, metadata });
  return {
    dtype,
    blockSize: dtype === 'float16' ? null : blockSize,
    tensors: report,
    kept: [...reader.entries.keys()].filter((name) => !chosen.has(name)),
    bytesBefore: sumBytes(reader.entries.values()),
    bytes: sumBytes(plan.values()),
  };
}

type Chosen = ReadonlyMap<string, StoredTensor>;

function choose(reader: WeightsReader, select: NonNullable<QuantizeOptions['select']>, dtype: QuantizedType): Chosen {
  return new Map([...reader.entries].filter(([name, tensor]) => canRound(tensor, dtype) && select(name, tensor)));
}

function defaultSelection({ dtype, blockSize }: Rounding): NonNullable<QuantizeOptions['select']> {
  if (dtype === 'float16') return (_, { shape }) => shape.length > 1;
  return (name, { shape }) => (shape[1] ?? 0) >= blockSize && !/embed/i.test(name);
}

function planOf(name: string, tensor: StoredTensor, chosen: Chosen, rounding: Rounding): [string, StoredTensor][] {
  return chosen.has(name) ? [...roundedPlan(name, tensor, rounding)] : [[name, tensor]];
}

/** The new names could be names that the file has already. */
function expectDistinct(reader: WeightsReader, chosen: Chosen, plan: Chosen, rounding: Rounding): void {
  const parts = rounding.dtype === 'float16' ? 1 : 3;
  const expected = reader.entries.size + chosen.size * (parts - 1);
  const isQuantized = rounding.dtype !== 'float16' && quantizationKey in reader.metadata;
  if (plan.size === expected && !isQuantized) return;
  throw new Sim4SegError('WEIGHTS_INVALID', {
    must: 'No tensor may be called as a part that another one becomes (.int4, .int8, .scales, .zeros)',
    got: isQuantized ? 'weights in blocks' : `${expected - plan.size} that are`,
    fix: 'quantise weights that are not quantised yet',
  });
}

function noteOf(chosen: Chosen, { dtype, blockSize }: Rounding): Record<string, string> {
  if (dtype === 'float16') return {};
  const matrices = Object.fromEntries(
    [...chosen].map(([name, { shape }]) => [name, shape as [number, number]] as const),
  );
  const note: QuantizationNote = { version: 1, dtype, blockSize, matrices };
  return { [quantizationKey]: JSON.stringify(note) };
}

interface Progress {
  readonly rounding: Rounding;
  readonly report: QuantizedTensor[];
}

async function* roundAll(
  reader: WeightsReader,
  chosen: Chosen,
  { rounding, report }: Progress,
): AsyncGenerator<readonly [string, WritableTensor]> {
  for (const [name, described] of reader.entries) {
    const tensor = await reader.read(name);
    if (!chosen.has(name)) {
      yield [name, tensor];
      continue;
    }
    const { tensors, error } = roundTensor(name, tensor, rounding);
    const sizes = { bytesBefore: sumBytes([described]), bytes: sumBytes(tensors.values()) };
    report.push({ name, shape: described.shape, ...sizes, ...error });
    yield* tensors;
  }
}

function sumBytes(tensors: Iterable<StoredTensor>): number {
  let bytes = 0;
  for (const { shape, dtype } of tensors) bytes += elementCount(shape) * elementBytes(dtype);
  return bytes;
}
