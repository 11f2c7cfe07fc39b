import { isSim4SegError } from '@sim4seg/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors } from './safetensors.js';
import {
  bytesOf,
  elementBytes,
  elementCount,
  elementsOf,
  type ElementType,
  type WeightTensor,
} from './tensor-value.js';

const types: ElementType[] = [
  'float64', 'float32', 'float16', 'bfloat16', 'int64', 'int32', 'int16', 'int8', 'uint8', 'bool',
]; // prettier-ignore

const tensor: fc.Arbitrary<WeightTensor> = fc
  .record({ dtype: fc.constantFrom(...types), shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }) })
  .chain(({ dtype, shape }) => {
    const bytes = elementCount(shape) * elementBytes(dtype);
    return fc
      .uint8Array({ minLength: bytes, maxLength: bytes })
      .map((content) => ({ dtype, shape, data: elementsOf(content.slice(), dtype) }));
  });
const tensors = fc.dictionary(
  fc.string().filter((name) => name !== '__metadata__'),
  tensor,
  { maxKeys: 8 },
);

function file(header: unknown, data = new Uint8Array(0)): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

function refusal(bytes: Uint8Array): string {
  try {
    readSafetensors(bytes);
  } catch (error) {
    if (isSim4SegError(error) && error.code === 'WEIGHTS_INVALID') return error.message;
    throw error;
  }
  return 'read';
}

const f32 = (shape: number[], begin: number, end: number) => ({ dtype: 'F32', shape, data_offsets: [begin, end] });

describe('safetensors', () => {
  it('gives back what was written, whatever names, types and shapes', () => {
    fc.assert(
      fc.property(tensors, fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }), (written, metadata) => {
        const read = readSafetensors(writeSafetensors(written, metadata));
        expect(Object.keys(read.tensors).sort()).toEqual(Object.keys(written).sort());
        for (const [name, { dtype, shape, data }] of Object.entries(written)) {
          const again = read.tensors[name] as WeightTensor;
          expect([again.dtype, again.shape]).toEqual([dtype, shape]);
          expect(bytesOf(again)).toEqual(bytesOf({ dtype, shape, data }));
        }
        expect(Object.entries(read.metadata).sort()).toEqual(Object.entries(metadata).sort());
      }),
      { numRuns: 150 },
    );
  });

  it('writes the same bytes in whatever order the tensors come, each aligned to its element size', () => {
    const a = { dtype: 'uint8', shape: [3], data: Uint8Array.of(1, 2, 3) };
    const b = { dtype: 'float32', shape: [2], data: Float32Array.of(4, 5) };
    const bytes = writeSafetensors({ a, b });
    expect(bytes).toEqual(writeSafetensors({ b, a }));
    const read = readSafetensors(bytes);
    expect(read.tensors['b']?.data.buffer).toBe(bytes.buffer);
  });

  it('reads tensors of a file that starts at an odd address', () => {
    const bytes = writeSafetensors({ x: { dtype: 'float32', shape: [2], data: Float32Array.of(1, -2) } });
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    expect(readSafetensors(shifted.subarray(1)).tensors['x']?.data).toEqual(Float32Array.of(1, -2));
  });

  it('takes a tensor called __proto__ as any other name', () => {
    const read = readSafetensors(
      file('{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', Uint8Array.of(7)),
    );
    expect(read.tensors['__proto__']?.data).toEqual(Uint8Array.of(7));
    expect(({} as Record<string, unknown>)['dtype']).toBeUndefined();
  });

  it.each([
    ['an empty file', new Uint8Array(0), 'at least 8 bytes'],
    ['a header beyond the limit', Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1), 'at most 100000000'],
    ['a header beyond the file', Uint8Array.of(100, 0, 0, 0, 0, 0, 0, 0), 'inside the file'],
    ['no JSON', file('{nope'), 'must be JSON'],
    ['bytes that are no text', file(String.fromCharCode(0)), 'must be JSON'],
    ['a header that is no UTF-8', Uint8Array.of(4, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0xff, 0xfe, 0x7d), 'must be UTF-8'],
    ['an offset below zero', file({ x: f32([1], -4, 0) }), 'two rising'],
    ['offsets that are no integers', file({ x: f32([1], 0.5, 4.5) }, new Uint8Array(5)), 'two rising'],
    ['a hole before the first tensor', file({ x: f32([1], 4, 8) }, new Uint8Array(8)), 'overlap or a gap'],
    ['levels without end', file('['.repeat(1e5)), 'must be JSON'],
    ['a list as header', file([]), 'JSON object'],
    ['an unknown type', file({ x: { ...f32([1], 0, 4), dtype: 'F128' } }, new Uint8Array(4)), 'F128'],
    ['a negative size', file({ x: f32([-1], 0, 4) }, new Uint8Array(4)), 'must hold sizes'],
    ['a size beyond integers', file({ x: f32([2 ** 52, 2 ** 52], 0, 4) }, new Uint8Array(4)), 'must take'],
    ['a shape that does not fit', file({ x: f32([2], 0, 4) }, new Uint8Array(4)), 'must take 8 bytes'],
    ['falling offsets', file({ x: f32([1], 4, 0) }, new Uint8Array(4)), 'two rising'],
    ['overlap', file({ x: f32([1], 0, 4), y: f32([1], 2, 6) }, new Uint8Array(6)), 'overlap or a gap'],
    ['a gap', file({ x: f32([1], 0, 4), y: f32([1], 8, 12) }, new Uint8Array(12)), 'overlap or a gap'],
    ['out of bounds', file({ x: f32([2], 0, 8) }, new Uint8Array(4)), 'must have'],
    ['bytes behind the last tensor', file({ x: f32([1], 0, 4) }, new Uint8Array(9)), 'must have'],
    [
      'a name twice',
      file(
        '{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"\\u0061":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}',
      ),
      'occurs twice',
    ],
    ['metadata that is no text', file({ __metadata__: { epoch: 3 } }), 'map text to text'],
  ])('refuses %s', (_, bytes, message) => {
    expect(refusal(bytes)).toContain(message);
  });

  it('answers every damaged file with content or WEIGHTS_INVALID', () => {
    const good = writeSafetensors({
      a: { dtype: 'float32', shape: [3], data: Float32Array.of(1, 2, 3) },
      b: { dtype: 'int64', shape: [1], data: BigInt64Array.of(4n) },
    });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 6 }),
        fc.nat(20),
        (edits, cut) => {
          const bytes = good.slice(0, good.length - cut);
          for (const [at, value] of edits) if (at < bytes.length) bytes[at] = value;
          expect(typeof refusal(bytes)).toBe('string');
        },
      ),
      { numRuns: 600 },
    );
  });

  it('refuses to write a tensor whose parts do not agree', () => {
    const write = (value: WeightTensor) => () => writeSafetensors({ x: value });
    expect(write({ dtype: 'float32', shape: [2], data: Float32Array.of(1) })).toThrow('fill it');
    expect(write({ dtype: 'int32', shape: [1], data: Float32Array.of(1) })).toThrow('matching storage');
    expect(write({ dtype: 'quarter' as ElementType, shape: [1], data: Float32Array.of(1) })).toThrow('quarter');
  });
});
