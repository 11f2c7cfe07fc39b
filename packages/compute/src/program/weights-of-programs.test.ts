import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { floatBytes, pickle, tensorPickle, torchZip } from '../../test-support/torch-files.js';
import { quantize } from '../node/quantize.js';
import { writeSafetensorsFile } from '../node/safetensors-file.js';
import { blockShapes, compile, defineProgram, float32Value, ops, toHalf, type TensorValue } from '../index.js';

const program = defineProgram({
  name: 'bag',
  params: {
    table: { dims: [4, 2], key: 'embed.weight' },
    ids: { dims: ['n'], dtype: 'int32' },
    keep: { dims: [2], dtype: 'bool' },
    bias: [2],
  },
  inputs: { x: [2] },
  outputs: { y: ['n', 2] },
  run: (p, { x }) => {
    const rows = ops.add(ops.embedding(p['table']!, p['ids']!), ops.add(x!, p['bias']!));
    return { y: ops.where(p['keep']!, rows, 0) };
  },
});
const dims = { n: 3 };
const table = Float32Array.of(0.5, 1, 2, -3, 4, 0.25, 6, 7);
const values = {
  table: { dtype: 'float32', shape: [4, 2], data: table },
  ids: { dtype: 'int32', shape: [3], data: Int32Array.of(3, 0, 1) },
  keep: { dtype: 'bool', shape: [2], data: Uint8Array.of(1, 0) },
  bias: { dtype: 'float32', shape: [2], data: Float32Array.of(1, 1) },
} satisfies Record<string, TensorValue>;
const inputs = { x: float32Value(Float32Array.of(10, 20), [2]) };
const expected = Float32Array.of(17, 0, 11.5, 0, 13, 0);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sim4seg-weights-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function yOf(weights: string | Record<string, TensorValue>): Promise<unknown> {
  await using session = await compile(program, { dims, weights });
  return (await session.run(inputs)).y.data;
}

const bfloat16 = (numbers: Float32Array): Uint16Array =>
  Uint16Array.from(new Uint32Array(numbers.slice().buffer), (word) => word >>> 16);
const { table: _, ...rest } = values;
const wideIds = { dtype: 'int64', shape: [3], data: BigInt64Array.of(3n, 0n, 1n) };

describe('weights of a compiled program', () => {
  it.each([
    ['float32 and int32', { ...values }],
    ['float16', { ...values, table: { dtype: 'float16', shape: [4, 2], data: toHalf(table) } }],
    ['bfloat16', { ...values, table: { dtype: 'bfloat16', shape: [4, 2], data: bfloat16(table) } }],
    ['int64 ids', { ...values, ids: wideIds }],
    ['int16 ids', { ...values, ids: { dtype: 'int16', shape: [3], data: Int16Array.of(3, 0, 1) } }],
    ['int8 ids', { ...values, ids: { dtype: 'int8', shape: [3], data: Int8Array.of(3, 0, 1) } }],
    ['float64', { ...values, table: { dtype: 'float64', shape: [4, 2], data: Float64Array.from(table) } }],
    ['official keys', { ...rest, 'embed.weight': values.table }],
    ['others beside them', { ...values, 'of.another.part': values.bias }],
  ])('come from a file with %s, or from its values', async (_, tensors) => {
    const path = join(folder, 'w.safetensors');
    await writeSafetensorsFile(path, tensors);
    expect(await yOf(path)).toEqual(expected);
    expect(await yOf(tensors as unknown as Record<string, TensorValue>)).toEqual(expected);
    await using eager = await compile(program, { dims, weights: path, engine: 'eager', backend: 'cpu' });
    expect((await eager.run(inputs)).y.data).toEqual(expected);
  });

  it('come from several files that an index joins, named by the index or by the folder', async () => {
    const shards = { 'model-1-of-2.safetensors': ['ids', 'bias'], 'model-2-of-2.safetensors': ['table', 'keep'] };
    const map: Record<string, string> = {};
    for (const [file, names] of Object.entries(shards)) {
      for (const name of names) map[name] = file;
      const own = Object.entries(values).filter(([name]) => names.includes(name));
      await writeSafetensorsFile(join(folder, file), Object.fromEntries(own));
    }
    const index = join(folder, 'model.safetensors.index.json');
    await writeFile(index, JSON.stringify({ metadata: { total_size: 1 }, weight_map: map }));
    expect(await yOf(index)).toEqual(expected);
    expect(await yOf(folder)).toEqual(expected);
    await writeFile(index, JSON.stringify({ weight_map: { ...map, table: 'model-1-of-2.safetensors' } }));
    await expect(yOf(index)).rejects.toMatchObject({
      code: 'WEIGHTS_INVALID',
      must: expect.stringContaining('"table"'),
    });
    await writeFile(index, JSON.stringify({ weight_map: { ...map, table: '../other.safetensors' } }));
    await expect(yOf(index)).rejects.toMatchObject({ code: 'PATH_OUTSIDE' });
    await writeFile(index, '{"weight_map":{"a":"x.safetensors","a":"y.safetensors"}}');
    await expect(yOf(index)).rejects.toThrow('occurs twice');
  });

  it('come from a folder with one weights file only where the choice is clear', async () => {
    await writeSafetensorsFile(join(folder, 'a.safetensors'), values);
    expect(await yOf(folder)).toEqual(expected);
    await writeSafetensorsFile(join(folder, 'b.safetensors'), values);
    await expect(yOf(folder)).rejects.toThrow('a.safetensors, b.safetensors');
    await mkdir(join(folder, 'empty'));
    await expect(yOf(join(folder, 'empty'))).rejects.toThrow('Got: none');
    await expect(yOf(join(folder, 'absent'))).rejects.toMatchObject({ code: 'WEIGHTS_INVALID' });
  });

  it('come from a file of torch.save without a detour, unless one is a strided view', async () => {
    const tensors = {
      table: tensorPickle({ key: '0', elements: 8, shape: [4, 2], strides: [2, 1] }),
      ids: tensorPickle({ key: '1', type: 'LongStorage', elements: 3, shape: [3] }),
      keep: tensorPickle({ key: '2', type: 'BoolStorage' }),
      bias: tensorPickle({ key: '3' }),
    };
    const ids = [...new Uint8Array(wideIds.data.buffer)];
    const storages = { '0': floatBytes(...table), '1': ids, '2': [1, 0], '3': floatBytes(1, 1) };
    const path = join(folder, 'model.pth');
    await writeFile(path, torchZip(pickle.dict(tensors), storages));
    expect(await yOf(path)).toEqual(expected);
    const strided = tensorPickle({ key: '0', elements: 8, shape: [4, 2], strides: [1, 4] });
    await writeFile(path, torchZip(pickle.dict({ ...tensors, table: strided }), storages));
    await expect(yOf(path)).rejects.toMatchObject({
      code: 'WEIGHTS_INVALID',
      must: expect.stringContaining('"table"'),
    });
  });

  it('come quantised to 4 bits, as the file has them', async () => {
    const weight = Float32Array.from({ length: 6 * 64 }, (_, i) => Math.sin(i * 1.3));
    const [source, target] = [join(folder, 'w.safetensors'), join(folder, 'q.safetensors')];
    await writeSafetensorsFile(source, { weight: { dtype: 'float32', shape: [6, 64], data: weight } });
    const { tensors } = await quantize(source, target, { dtype: 'int4' });
    const { packed, scales, zeros } = blockShapes({ rows: 6, columns: 64, bits: 4, blockSize: 32 });
    const head = defineProgram({
      name: 'head',
      params: {
        'weight.int4': { dims: packed, dtype: 'uint8' },
        'weight.scales': scales,
        'weight.zeros': { dims: zeros, dtype: 'uint8' },
      },
      inputs: { x: [1, 64] },
      outputs: { y: [1, 6] },
      run: (p, { x }) => {
        const blocks = { packed: p['weight.int4']!, scales: p['weight.scales']!, zeros: p['weight.zeros']! };
        return { y: ops.linearInt4(x!, blocks) };
      },
    });
    const x = Float32Array.from({ length: 64 }, (_, i) => Math.cos(i));
    await using session = await compile(head, { weights: target });
    const { y } = await session.run({ x: float32Value(x, [1, 64]) });
    const exact = Array.from({ length: 6 }, (_, row) => x.reduce((sum, v, k) => sum + v * weight[row * 64 + k]!, 0));
    const limit = tensors[0]!.rms * Math.sqrt(64) * 4;
    exact.forEach((value, row) => expect(Math.abs(y.data[row]! - value)).toBeLessThan(limit));
  });

  it('are refused with everything that is missing, misshapen or unexpected in one message', async () => {
    const wrong = { ...rest, bias: float32Value(new Float32Array(3), [3]), ids: values.bias, stray: values.bias };
    const path = join(folder, 'w.safetensors');
    await writeSafetensorsFile(path, wrong);
    for (const weights of [path, wrong])
      await expect(compile(program, { dims, weights })).rejects.toMatchObject({
        code: 'WEIGHTS_INVALID',
        got:
          '1 missing: table (key embed.weight); 2 wrong shape or type: ids is float32[2] instead of int32[3], ' +
          'bias is float32[3] instead of float32[2]; 1 unexpected: stray',
      });
  });

  it('are refused for unexpected ones alone where that is asked for', async () => {
    const weights = { ...values, stray: values.bias };
    const strict = compile(program, { dims, weights, weightChecks: { refuseUnexpected: true } });
    await expect(strict).rejects.toMatchObject({ code: 'WEIGHTS_INVALID', got: '1 unexpected: stray' });
  });

  it('are refused where one is NaN or infinite, naming it', async () => {
    const bias = { ...values.bias, data: Float32Array.of(1, NaN) };
    const half = { dtype: 'float16', shape: [4, 2], data: Uint16Array.of(0, 0, 0, 0x7c00, 0, 0, 0, 0) };
    for (const [tensors, message] of [
      [{ ...values, bias }, /"bias".*element 1/],
      [{ ...values, table: half }, /"table".*element 3/],
    ] as const) {
      const path = join(folder, 'w.safetensors');
      await writeSafetensorsFile(path, tensors);
      await expect(yOf(path)).rejects.toMatchObject({ code: 'NOT_FINITE', message: expect.stringMatching(message) });
      const given = tensors as unknown as Record<string, TensorValue>;
      await expect(yOf(given)).rejects.toMatchObject({ code: 'NOT_FINITE' });
      await using unchecked = await compile(program, { dims, weights: path, weightChecks: { finite: false } });
      expect((await unchecked.run(inputs)).y.shape).toEqual([3, 2]);
    }
  });

  it('may lie at odd offsets in the file', async () => {
    const header = JSON.stringify({
      keep: { dtype: 'BOOL', shape: [2], data_offsets: [0, 2] },
      table: { dtype: 'F32', shape: [4, 2], data_offsets: [2, 34] },
      bias: { dtype: 'F32', shape: [2], data_offsets: [34, 42] },
      ids: { dtype: 'I32', shape: [3], data_offsets: [42, 54] },
    });
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length + 1));
    const data = [values.keep, values.table, values.bias, values.ids].map(({ data }) => Buffer.from(data.buffer));
    const path = join(folder, 'odd.safetensors');
    await writeFile(path, Buffer.concat([length, Buffer.from(`${header} `), ...data]));
    expect(await yOf(path)).toEqual(expected);
  });
});
