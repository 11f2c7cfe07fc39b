import { describe, expect, it } from 'vitest';
import * as ops from './index.js';
import { expectAgreement, expectNumericGradient, someValue } from '../../test-support/compare.js';
import type { Build } from '../../test-support/compare.js';
import { expectFusedEqualsPlain } from '../../test-support/fused.js';

const entries = (n: number): Float32Array => Float32Array.from({ length: n }, (_, i) => i);
const counting = (shape: readonly number[]) => ({
  data: entries(shape.reduce((a, b) => a * b, 1)),
  shape: [...shape],
  dtype: 'float32' as const,
});

interface ConvCase {
  readonly map: readonly number[];
  readonly weight: readonly number[];
  readonly stride?: number;
  readonly pad?: number;
  readonly dilation?: number;
  readonly groups?: number;
}

const convCases: Record<string, ConvCase> = {
  '1x1': { map: [2, 3, 5, 4], weight: [4, 3, 1, 1] },
  '1x1 stride 2': { map: [2, 3, 5, 4], weight: [4, 3, 1, 1], stride: 2 },
  '3x3 same size': { map: [2, 3, 5, 7], weight: [4, 3, 3, 3], pad: 1 },
  '3x3 large map': { map: [1, 2, 34, 40], weight: [3, 2, 3, 3], pad: 1 },
  '5x5 large map': { map: [2, 2, 33, 7], weight: [2, 2, 5, 5], pad: 2 },
  '3x3 large map without padding': { map: [1, 2, 34, 5], weight: [2, 2, 3, 3] },
  '3x3 without padding': { map: [1, 2, 5, 6], weight: [2, 2, 3, 3] },
  '3x3 stride 2, even': { map: [2, 3, 6, 8], weight: [4, 3, 3, 3], stride: 2, pad: 1 },
  '3x3 stride 2, odd': { map: [2, 3, 5, 7], weight: [4, 3, 3, 3], stride: 2, pad: 1 },
  'patches of 4': { map: [2, 3, 8, 12], weight: [5, 3, 4, 4], stride: 4 },
  'patches with a rest': { map: [1, 2, 7, 5], weight: [3, 2, 2, 2], stride: 2 },
  '5x3 wide padding': { map: [1, 2, 4, 6], weight: [2, 2, 5, 3], pad: 3 },
  'dilation 2': { map: [2, 3, 7, 6], weight: [4, 3, 3, 3], pad: 2, dilation: 2 },
  'dilation 2 and stride 2': { map: [2, 2, 9, 8], weight: [3, 2, 3, 3], pad: 1, stride: 2, dilation: 2 },
  'two groups': { map: [2, 4, 5, 6], weight: [6, 2, 3, 3], pad: 1, groups: 2 },
  'depthwise, stride 2': { map: [1, 3, 6, 7], weight: [3, 1, 3, 3], pad: 1, stride: 2, groups: 3 },
  '3x3 on one pixel': { map: [1, 2, 1, 1], weight: [3, 2, 3, 3], pad: 1 },
};

describe('conv2d', () => {
  it.each(Object.entries(convCases))('%s: eager, compiled and numeric gradients agree', async (_name, c) => {
    const build: Build = ({ x, w, bias }) => ops.conv2d(x!, w!, { ...c, bias: bias! });
    const inputs = { x: someValue(c.map, 1), w: someValue(c.weight, 2), bias: someValue([c.weight[0]!], 3) };
    await expectAgreement(build, inputs);
    await expectNumericGradient(build, inputs, ['x', 'w', 'bias']);
  });

  it.each(Object.entries(convCases))('%s: wasm trains with the same gradients', async (_name, c) => {
    const build: Build = ({ x, w, bias }) => ops.conv2d(x!, w!, { ...c, bias: bias! });
    const inputs = { x: someValue(c.map, 1), w: someValue(c.weight, 2), bias: someValue([c.weight[0]!], 3) };
    await expectFusedEqualsPlain(build, build, inputs);
  });

  it('needs no bias', async () => {
    const build: Build = ({ x, w }) => ops.conv2d(x!, w!, { pad: 1 });
    await expectAgreement(build, { x: someValue([2, 2, 4, 4]), w: someValue([3, 2, 3, 3], 2) });
  });

  it('correlates, it does not convolve', async () => {
    const build: Build = ({ x, w }) => ops.conv2d(x!, w!);
    const { y } = await expectAgreement(build, { x: counting([1, 1, 2, 3]), w: counting([1, 1, 2, 2]) });
    expect([...y!.data]).toEqual([0 * 0 + 1 * 1 + 3 * 2 + 4 * 3, 1 * 0 + 2 * 1 + 4 * 2 + 5 * 3]);
  });

  it('refuses channels that differ and kernels that do not fit', async () => {
    const run = (map: number[], weight: number[]) =>
      expectAgreement(({ x, w }) => ops.conv2d(x!, w!), { x: someValue(map), w: someValue(weight) });
    await expect(run([1, 2, 4, 4], [3, 3, 1, 1])).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' });
    await expect(run([1, 2, 2, 4], [3, 2, 3, 3])).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' });
  });
});

describe('convTranspose2x2', () => {
  it('writes each pixel through the kernel', async () => {
    const build: Build = ({ x, w, bias }) => ops.convTranspose2x2(x!, w!, bias);
    const inputs = { x: someValue([2, 3, 3, 2], 1), w: someValue([3, 2, 2, 2], 2), bias: someValue([2], 3) };
    const { y } = await expectAgreement(build, inputs);
    await expectNumericGradient(build, inputs, ['x', 'w', 'bias']);
    const at = (b: number, o: number, row: number, column: number): number => {
      let total = Number(inputs.bias.data[o]);
      for (let c = 0; c < 3; c += 1) {
        const pixel = inputs.x.data[((b * 3 + c) * 3 + (row >> 1)) * 2 + (column >> 1)]!;
        total += Number(pixel) * Number(inputs.w.data[((c * 2 + o) * 2 + (row & 1)) * 2 + (column & 1)]);
      }
      return total;
    };
    expect(Number(y!.data[((1 * 2 + 1) * 6 + 3) * 4 + 2])).toBeCloseTo(at(1, 1, 3, 2), 5);
    expect(Number(y!.data[((0 * 2 + 1) * 6 + 4) * 4 + 3])).toBeCloseTo(at(0, 1, 4, 3), 5);
  });

  it('needs no bias', async () => {
    const build: Build = ({ x, w }) => ops.convTranspose2x2(x!, w!);
    await expectAgreement(build, { x: someValue([1, 2, 1, 3]), w: someValue([2, 1, 2, 2], 2) });
  });
});

describe('spaceToDepth and depthToSpace', () => {
  it('follow the channel order of pixel_unshuffle and pixel_shuffle', async () => {
    const deep = await expectAgreement(({ x }) => ops.spaceToDepth(x!, 2), { x: counting([1, 2, 2, 4]) });
    expect([...deep['y']!.data]).toEqual([0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12, 14, 13, 15]);
    const wide = await expectAgreement(({ x }) => ops.depthToSpace(x!, 2), { x: counting([1, 8, 1, 2]) });
    expect([...wide['y']!.data]).toEqual([0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12, 14, 13, 15]);
  });

  it.each([2, 3, 4])('undo each other with block %d', async (block) => {
    const x = someValue([2, 3, 2 * block, block], block);
    const { y } = await expectAgreement(({ x }) => ops.depthToSpace(ops.spaceToDepth(x!, block), block), { x });
    expect([...y!.data]).toEqual([...x.data]);
  });

  it('refuse a block that does not divide', async () => {
    const x = someValue([1, 3, 4, 5]);
    await expect(expectAgreement(({ x }) => ops.spaceToDepth(x!, 2), { x })).rejects.toMatchObject({
      code: 'SHAPE_MISMATCH',
    });
    await expect(expectAgreement(({ x }) => ops.depthToSpace(x!, 2), { x })).rejects.toMatchObject({
      code: 'SHAPE_MISMATCH',
    });
  });
});

describe('norms of maps', () => {
  const normInputs = (map: readonly number[]) => ({
    x: someValue(map, 1, 3),
    w: someValue([map[1]!], 2),
    bias: someValue([map[1]!], 3),
  });

  it.each([
    [[2, 6, 3, 5], 3],
    [[1, 4, 8, 8], 1],
    [[2, 4, 1, 7], 4],
  ] as const)('groupNorm of %j in %d groups', async (map, groups) => {
    const build: Build = ({ x, w, bias }) => ops.groupNorm(x!, w!, bias!, groups, 1e-5);
    await expectAgreement(build, normInputs(map), 5e-5);
    await expectNumericGradient(build, normInputs(map), ['x', 'w', 'bias']);
  });

  it('groupNorm of a map far from 0 is as exact as the map', async () => {
    const x = someValue([1, 4, 16, 16], 5);
    const far = { ...x, data: Float32Array.from(x.data, (value) => Number(value) + 100) };
    const build: Build = ({ x, w, bias }) => ops.groupNorm(x!, w!, bias!, 2, 1e-5);
    await expectAgreement(build, { ...normInputs([1, 4, 16, 16]), x: far }, 1e-2);
  });

  it('groupNorm of a constant map is the bias', async () => {
    const x = { ...someValue([1, 2, 4, 4]), data: new Float32Array(32).fill(0.7) };
    const build: Build = ({ x, w, bias }) => ops.groupNorm(x!, w!, bias!, 1, 1e-5);
    const { y } = await expectAgreement(build, { ...normInputs([1, 2, 4, 4]), x }, 1e-3);
    expect(Number(y!.data[0])).toBeCloseTo(Number(normInputs([1, 2, 4, 4]).bias.data[0]), 3);
  });

  it('layerNorm2d normalises the channels of each pixel', async () => {
    const build: Build = ({ x, w, bias }) => ops.layerNorm2d(x!, w!, bias!, 1e-6);
    const inputs = normInputs([2, 5, 3, 2]);
    const { y } = await expectAgreement(build, inputs, 5e-5);
    await expectNumericGradient(build, inputs, ['x', 'w', 'bias']);
    const pixel = Array.from({ length: 5 }, (_, c) => Number(inputs.x.data[c * 6 + 4]));
    const mean = pixel.reduce((a, b) => a + b, 0) / 5;
    const variance = pixel.reduce((a, b) => a + (b - mean) ** 2, 0) / 5;
    const expected = ((pixel[3]! - mean) / Math.sqrt(variance + 1e-6)) * Number(inputs.w.data[3]);
    expect(Number(y!.data[3 * 6 + 4])).toBeCloseTo(expected + Number(inputs.bias.data[3]), 4);
  });
});

describe('resampling', () => {
  it('avgPool takes the mean of each block', async () => {
    const { y } = await expectAgreement(({ x }) => ops.avgPool(x!, 2), { x: counting([1, 1, 2, 4]) });
    expect([...y!.data]).toEqual([2.5, 4.5]);
    await expectAgreement(({ x }) => ops.avgPool(x!, 3), { x: someValue([2, 2, 6, 3]) });
  });

  it('upsampleNearest repeats pixels', async () => {
    const { y } = await expectAgreement(({ x }) => ops.upsampleNearest(x!, 2), { x: counting([1, 2, 1, 2]) });
    expect([...y!.data]).toEqual([0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3, 2, 2, 3, 3]);
    await expectNumericGradient(({ x }) => ops.upsampleNearest(x!, 3), { x: someValue([2, 2, 2, 3]) }, ['x']);
  });

  it('resizeBilinear has half-pixel centres and repeats the border', async () => {
    const { y } = await expectAgreement(({ x }) => ops.resizeBilinear(x!, [1, 4]), { x: counting([1, 1, 1, 2]) });
    expect([...y!.data]).toEqual([0, 0.25, 0.75, 1]);
    const down = await expectAgreement(({ x }) => ops.resizeBilinear(x!, [2, 1]), { x: counting([1, 1, 5, 1]) });
    expect([...down['y']!.data]).toEqual([0.75, 3.25]);
  });

  it.each([
    [5, 7],
    [3, 2],
    [4, 3],
  ] as const)('resizeBilinear to %d x %d', async (height, width) => {
    const build: Build = ({ x }) => ops.resizeBilinear(x!, [height, width]);
    await expectAgreement(build, { x: someValue([2, 2, 4, 3]) });
    await expectNumericGradient(build, { x: someValue([2, 2, 4, 3]) }, ['x']);
  });
});
