import { spawnSync } from 'node:child_process';
import { mkdtemp, open, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  blockFormOf, blockNames, bytesOf, dequantizeBlocks, elementBytes, elementCount, elementsOf, fromHalf,
  parseQuantization, readSafetensors, type ElementType, type WeightTensor,
} from '../index.js'; // prettier-ignore
import { convertWeights } from './convert-weights.js';
import { inspectWeights } from './inspect-weights.js';
import { openWeights } from './open-weights.js';
import { quantize } from './quantize.js';
import { openSafetensors, writeSafetensorsFile } from './safetensors-file.js';
import { streamSafetensors, writeShardedSafetensors } from './stream-safetensors.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sim4seg-weights-'));
});
afterEach(() => rm(folder, { recursive: true }));

const types: ElementType[] = [
  'float64', 'float32', 'float16', 'bfloat16', 'int64', 'int32', 'int16', 'int8', 'uint8', 'bool',
]; // prettier-ignore

const tensor: fc.Arbitrary<WeightTensor> = fc
  .record({ dtype: fc.constantFrom(...types), shape: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }) })
  .chain(({ dtype, shape }) => {
    const bytes = elementCount(shape) * elementBytes(dtype);
    return fc
      .uint8Array({ minLength: bytes, maxLength: bytes })
      .map((content) => ({ dtype, shape, data: elementsOf(content.slice(), dtype) }));
  });
const name = fc.string({ minLength: 1, maxLength: 6 }).filter((text) => text !== '__metadata__');
const tensorsOf = fc.dictionary(name, tensor, { minKeys: 1, maxKeys: 6 });

async function* series(tensors: Readonly<Record<string, WeightTensor>>) {
  for (const entry of Object.entries(tensors).reverse()) yield entry;
}

async function expectSame(path: string, tensors: Readonly<Record<string, WeightTensor>>): Promise<void> {
  await using reader = await openWeights(path);
  expect([...reader.entries.keys()].sort()).toEqual(Object.keys(tensors).sort());
  for (const [name, { dtype, shape, data }] of Object.entries(tensors)) {
    const again = await reader.read(name);
    expect([again.dtype, again.shape]).toEqual([dtype, shape]);
    expect(bytesOf(again)).toEqual(bytesOf({ dtype, shape, data }));
  }
}

describe('safetensors that are written as a stream', () => {
  it('hold what came, whatever types and order, in one file or in several', async () => {
    await fc.assert(
      fc.asyncProperty(tensorsOf, fc.integer({ min: 1, max: 64 }), async (tensors, maxShardBytes) => {
        const plan = new Map(Object.entries(tensors));
        const path = join(folder, 'one.safetensors');
        await streamSafetensors(path, plan, series(tensors), { metadata: { a: 'b' } });
        await expectSame(path, tensors);
        const read = async (name: string) => tensors[name] as WeightTensor;
        const shards = await writeShardedSafetensors(folder, plan, read, { maxShardBytes, metadata: { a: 'b' } });
        await expectSame(shards.path, tensors);
        await using reader = await openWeights(shards.path);
        expect(reader.metadata).toMatchObject({ a: 'b' });
        for (const file of [...shards.files, 'model.safetensors.index.json'])
          await rm(join(folder, file), { force: true });
      }),
      { numRuns: 25 },
    );
  });

  it('leave no file where a tensor is missing, twice or another one', async () => {
    const path = join(folder, 'x.safetensors');
    const x: WeightTensor = { dtype: 'float32', shape: [1], data: Float32Array.of(1) };
    const plan = new Map([['x', x], ['y', x]]); // prettier-ignore
    async function* come(...tensors: (readonly [string, WeightTensor])[]) {
      yield* tensors;
    }
    for (const tensors of [
      come(['x', x]),
      come(['x', x], ['x', x], ['y', x]),
      come(['x', x], ['y', { ...x, shape: [1, 1] }]),
      come(['x', x], ['y', { ...x, data: new Float32Array(2) }]),
    ])
      await expect(streamSafetensors(path, plan, tensors)).rejects.toMatchObject({ code: 'WEIGHTS_INVALID' });
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('convertWeights', () => {
  it('writes a torch file as safetensors, under other names where that is asked for', async () => {
    const target = join(folder, 'converted.safetensors');
    await convertWeights(torchFile, target);
    await using source = await openWeights(torchFile);
    const tensors: Record<string, WeightTensor> = {};
    for (const name of source.entries.keys()) tensors[name] = await source.read(name);
    await expectSame(target, tensors);
    const rename = (name: string) => (name.startsWith('state_dict/') ? name.slice('state_dict/'.length) : null);
    await convertWeights(torchFile, target, { rename });
    await expectSame(target, { weight: tensors['state_dict/weight']!, bias: tensors['state_dict/bias']! });
    const toOne = convertWeights(torchFile, target, { rename: () => 'one' });
    await expect(toOne).rejects.toMatchObject({ code: 'WEIGHTS_INVALID' });
  });
});

describe('damaged indexes', () => {
  it('end in a reader or a coded error, whatever bytes change', async () => {
    const x: WeightTensor = { dtype: 'float32', shape: [1], data: Float32Array.of(1) };
    const plan = new Map([['x', x], ['y', x]]); // prettier-ignore
    const { path } = await writeShardedSafetensors(folder, plan, async () => x, { maxShardBytes: 4 });
    const good = await readFile(path);
    const edits = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(edits, async (changes) => {
        const bytes = Buffer.from(good);
        for (const [at, value] of changes) bytes[at] = value;
        await writeFile(path, bytes);
        const outcome = await inspectWeights(path).catch((error: unknown) => error);
        if (outcome instanceof Error)
          expect(outcome).toHaveProperty('code', expect.stringMatching(/^(WEIGHTS_INVALID|PATH_OUTSIDE)$/));
      }),
      { numRuns: 100, interruptAfterTimeLimit: 3000 },
    );
  });
});

describe('files beyond 4 GB', () => {
  it('are read by ranges, also behind the 32-bit border', async () => {
    const path = join(folder, 'large.safetensors');
    const elements = 2 ** 30 + 1000;
    const end = 4 * elements;
    const header = JSON.stringify({
      big: { dtype: 'F32', shape: [elements], data_offsets: [0, end] },
      last: { dtype: 'F32', shape: [2], data_offsets: [end, end + 8] },
    });
    const text = Buffer.from(header.padEnd(Math.ceil(header.length / 8) * 8));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(text.length));
    await writeFile(path, Buffer.concat([length, text]));
    // A hole: the file takes a few kB on the disk.
    await truncate(path, 8 + text.length + end + 8);
    const file = await open(path, 'r+');
    await file.write(Buffer.from(Float32Array.of(5, 6).buffer), 0, 8, 8 + text.length + end);
    await file.close();
    await using reader = await openSafetensors(path);
    expect((await reader.read('last')).data).toEqual(Float32Array.of(5, 6));
    expect((await inspectWeights(path)).totalBytes).toBe(end + 8);
  });
});

describe('headers that are too large', () => {
  it('of 200 MB are refused unread', async () => {
    const path = join(folder, 'header.safetensors');
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(200_000_000n);
    await writeFile(path, length);
    await truncate(path, 200_000_008);
    await expect(openSafetensors(path)).rejects.toThrow('at most 100000000');
  });
});

const torchFile = fileURLToPath(new URL('../../../testing/fixtures/torch-pickle/tiny/rich.zip.pth', import.meta.url));

describe('inspectWeights', () => {
  it('describes files of each form', async () => {
    const path = join(folder, 'w.safetensors');
    const w = { dtype: 'float16', shape: [2, 2], data: new Uint16Array(4) };
    await writeSafetensorsFile(path, { w }, { metadata: { format: 'pt' } });
    const tensors = [{ name: 'w', dtype: 'float16', shape: [2, 2], bytes: 8 }];
    const described = { format: 'safetensors', tensors, metadata: { format: 'pt' }, totalBytes: 8 };
    expect(await inspectWeights(path)).toEqual(described);
    expect(await inspectWeights(folder)).toEqual(described);
    const torch = await inspectWeights(torchFile);
    expect(torch).toMatchObject({ format: 'torch-zip', metadata: { epoch: '3', flag: 'true' } });
    expect(torch.tensors).toContainEqual({ name: 'state_dict/weight', dtype: 'float32', shape: [2, 3], bytes: 24 });
    await rm(path);
    const plan = new Map([['a', w], ['b', w]] as [string, WeightTensor][]); // prettier-ignore
    await writeShardedSafetensors(folder, plan, async () => w, { maxShardBytes: 8 });
    const sharded = await inspectWeights(folder);
    expect(sharded.format).toBe('safetensors-sharded');
    expect(sharded.tensors.map(({ file }) => file)).toEqual([
      'model-00001-of-00002.safetensors',
      'model-00002-of-00002.safetensors',
    ]);
  });

  it.each(['x.pth', 'x.safetensors', 'x.bin'])('refuses a text file called %s', async (file) => {
    await writeFile(join(folder, file), 'not weights at all');
    await expect(inspectWeights(join(folder, file))).rejects.toMatchObject({ code: 'WEIGHTS_INVALID' });
    await writeFile(join(folder, file), '');
    await expect(inspectWeights(join(folder, file))).rejects.toMatchObject({ code: 'WEIGHTS_INVALID' });
  });

  it('refuses a pipe without waiting for it', async () => {
    const pipe = join(folder, 'pipe');
    if (spawnSync('mkfifo', [pipe]).status !== 0) return console.log('no mkfifo here: pipes were not tested');
    await expect(openSafetensors(pipe)).rejects.toThrow('must be a file');
    await expect(inspectWeights(pipe)).rejects.toMatchObject({ code: 'WEIGHTS_INVALID' });
  });
});

const matrix = Float32Array.from({ length: 4 * 64 }, (_, i) => Math.sin(i));
const weights = {
  'layer.weight': { dtype: 'float32', shape: [4, 64], data: matrix },
  'layer.bias': { dtype: 'float32', shape: [4], data: Float32Array.of(1, 2, 3, 4) },
  'embed.weight': { dtype: 'float32', shape: [2, 64], data: matrix.slice(0, 128) },
  'narrow.weight': { dtype: 'float32', shape: [4, 2], data: matrix.slice(0, 8) },
  ids: { dtype: 'int64', shape: [1], data: BigInt64Array.of(9n) },
} satisfies Record<string, WeightTensor>;

describe('quantize', () => {
  let source: string;
  let target: string;
  beforeEach(async () => {
    source = join(folder, 'w.safetensors');
    target = join(folder, 'q.safetensors');
    await writeSafetensorsFile(source, weights, { metadata: { format: 'pt' } });
  });

  it.each([
    ['int4', 0.07],
    ['int8', 0.0045],
  ] as const)('rounds matrices to %s in blocks and reports the error of each', async (dtype, step) => {
    const report = await quantize(source, target, { dtype });
    const { tensors, metadata } = readSafetensors(new Uint8Array(await readFile(target)));
    const note = parseQuantization(metadata)!;
    const names = blockNames('layer.weight', dtype);
    const dense = dequantizeBlocks(
      {
        packed: tensors[names.packed]!.data as Uint8Array,
        scales: tensors[names.scales]!.data as Float32Array,
        zeros: tensors[names.zeros]!.data as Uint8Array,
      },
      blockFormOf(note, 'layer.weight'),
    );
    const errors = matrix.map((value, i) => Math.abs(value - dense[i]!));
    expect(report.tensors).toMatchObject([{ name: 'layer.weight', shape: [4, 64], bytesBefore: 1024 }]);
    expect(report.tensors[0]!.maxAbs).toBeCloseTo(Math.max(...errors), 6);
    expect(report.tensors[0]!.rms).toBeCloseTo(Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / 256), 6);
    expect(report.tensors[0]!.maxAbs).toBeLessThan(2 * step);
    expect(report.tensors[0]!.relative).toBeLessThan(step);
    expect([...report.kept].sort()).toEqual(['embed.weight', 'ids', 'layer.bias', 'narrow.weight']);
    expect(report.bytes).toBe((await inspectWeights(target)).totalBytes);
    expect(tensors['ids']!.data).toEqual(BigInt64Array.of(9n));
    expect(metadata['format']).toBe('pt');
    expect(() => blockFormOf(note, 'embed.weight')).toThrow('in blocks');
    await expect(quantize(target, source, { dtype })).rejects.toMatchObject({ code: 'WEIGHTS_INVALID' });
  });

  it('rounds to float16 what is chosen, from a torch file too', async () => {
    const report = await quantize(source, target, { dtype: 'float16', select: (name) => name === 'layer.bias' });
    expect(report.tensors).toMatchObject([{ name: 'layer.bias', bytesBefore: 16, bytes: 8, maxAbs: 0 }]);
    await using reader = await openWeights(target);
    expect(fromHalf((await reader.read('layer.bias')).data as Uint16Array)).toEqual(Float32Array.of(1, 2, 3, 4));
    const torch = await quantize(torchFile, target, {
      dtype: 'float16',
      select: (name) => name.startsWith('state_dict'),
    });
    expect(torch.tensors.map(({ name }) => name).sort()).toEqual(['state_dict/bias', 'state_dict/weight']);
  });

  it('names the weight that cannot be rounded and leaves no file', async () => {
    const wrong = { ...weights['layer.weight'], data: matrix.map((value, i) => (i === 3 ? 1e6 : value)) };
    await writeSafetensorsFile(source, { ...weights, 'layer.weight': wrong });
    const half = quantize(source, target, { dtype: 'float16' });
    await expect(half).rejects.toMatchObject({ code: 'NOT_FINITE', must: expect.stringContaining('layer.weight') });
    wrong.data[5] = NaN;
    await writeSafetensorsFile(source, { ...weights, 'layer.weight': wrong });
    await expect(quantize(source, target, { dtype: 'int4' })).rejects.toMatchObject({ code: 'NOT_FINITE' });
    await writeSafetensorsFile(source, { ...weights, 'layer.weight.scales': weights['layer.bias'] });
    await expect(quantize(source, target, { dtype: 'int4' })).rejects.toThrow('.scales');
    expect(await readdir(folder)).toEqual(['w.safetensors']);
    expect((await stat(source)).size).toBeGreaterThan(0);
  });
});
