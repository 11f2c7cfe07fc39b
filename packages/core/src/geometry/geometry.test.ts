import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasFullReferences, readReference } from '../../test/read-reference.js';
import type { ReferenceTensor } from '../../test/read-reference.js';
import { cellEdges, cellMeans, paintCells } from './cell-grid.js';
import { resizeBilinear } from './bilinear.js';
import { toRgbU8 } from './intensity.js';
import { maskLogitsToOriginalFrame } from './mask-logits.js';
import { createModelFrame, longestSideSize, pointsToModelFrame, pointsToOriginalFrame } from './model-frame.js';
import { resizePillow } from './pillow-resize.js';
import {
  SAM_NORMALISATION,
  cropShortestEdge,
  prepareLongestSide,
  shortestEdgeSize,
  toChannelsFirst,
} from './prepare.js';
import type { PixelsU8 } from './size.js';

const pixelsOf = (tensor: ReferenceTensor): PixelsU8 => {
  const [heightPx = 0, widthPx = 0, channels = 0] = tensor.shape;
  return { data: tensor.data as Uint8Array, widthPx, heightPx, channels };
};

const expectSamePixels = (got: PixelsU8, want: PixelsU8): void => {
  expect([got.heightPx, got.widthPx, got.channels]).toEqual([want.heightPx, want.widthPx, want.channels]);
  expect(Buffer.compare(got.data, want.data)).toBe(0);
};

const worst = (got: ArrayLike<number>, want: ArrayLike<number>): number => {
  expect(got.length).toBe(want.length);
  let most = 0;
  for (let i = 0; i < want.length; i++) {
    const slack = Math.abs((got[i] as number) - (want[i] as number)) / (1 + Math.abs(want[i] as number));
    most = Math.max(most, Number.isNaN(slack) ? Infinity : slack);
  }
  return most;
};

const subcases = (tensors: Map<string, ReferenceTensor>, key: string): string[] =>
  [...tensors.keys()].filter((name) => name.endsWith(`/${key}`)).map((name) => name.slice(0, -key.length));

describe('resize as Pillow does', () => {
  const { config, tensors } = readReference('sam-preprocess/base');
  const get = (name: string): ReferenceTensor => tensors.get(name) as ReferenceTensor;

  it.each(subcases(tensors, 'in.image_u8'))('SAM picture %s', (at) => {
    const image = pixelsOf(get(`${at}in.image_u8`));
    const frame = createModelFrame(image, config['img_size'] as number);
    const size = { widthPx: frame.contentWidthPx, heightPx: frame.contentHeightPx };
    expectSamePixels(resizePillow(image, size, { filter: 'bilinear' }), pixelsOf(get(`${at}mid.resized_u8`)));
    const want = tensors.get(`${at}out.preprocessed`);
    const got = prepareLongestSide(image, { sidePx: frame.sidePx, normalisation: SAM_NORMALISATION });
    if (want) expect(worst(got.pixels, want.data)).toBeLessThan(1e-5);
    const points = get(`${at}in.points`).data as Float32Array;
    expect(worst(pointsToModelFrame(points, frame), get(`${at}out.points`).data)).toBeLessThan(1e-6);
    const boxes = get(`${at}in.boxes`).data as Float32Array;
    expect(worst(pointsToModelFrame(boxes, frame), get(`${at}out.boxes`).data)).toBeLessThan(1e-6);
  });

  it('normalises the content and leaves the padding at 0', () => {
    const image = { data: new Uint8Array(2 * 4 * 3).fill(200), widthPx: 4, heightPx: 2, channels: 3 };
    const { pixels } = prepareLongestSide(image, { sidePx: 8, normalisation: SAM_NORMALISATION });
    SAM_NORMALISATION.mean.forEach((mean, c) => {
      const plane = pixels.subarray(c * 64, (c + 1) * 64);
      expect(plane[0]).toBeCloseTo((200 - mean) / (SAM_NORMALISATION.std[c] as number), 5);
      expect(plane[31]).toBe(plane[0]);
      expect([...plane.subarray(32)].every((v) => v === 0)).toBe(true);
    });
  });

  it('sizes of the longest-side resize', () => {
    const { data, shape } = get('shape_table/out.rows');
    expect(shape[0]).toBeGreaterThan(20);
    for (let row = 0; row < data.length; row += 5) {
      const [h, w, side, newH, newW] = data.subarray(row, row + 5) as unknown as [
        number,
        number,
        number,
        number,
        number,
      ];
      const frame = createModelFrame({ widthPx: w, heightPx: h }, side);
      // The official size of a very long strip is 0; the frame keeps one pixel.
      expect([frame.contentHeightPx, frame.contentWidthPx]).toEqual([Math.max(1, newH), Math.max(1, newW)]);
      expect(longestSideSize({ widthPx: w, heightPx: h }, side)).toEqual({ widthPx: newW, heightPx: newH });
    }
  });

  it.each(['clip-preprocess/small', ...(hasFullReferences ? ['clip-preprocess/size224'] : [])])(
    'CLIP pictures of %s',
    (folder) => {
      const reference = readReference(folder);
      const { size, image_mean, image_std } = reference.config as {
        size: number;
        image_mean: number[];
        image_std: number[];
      };
      for (const at of subcases(reference.tensors, 'in.image_u8')) {
        const image = pixelsOf(reference.tensors.get(`${at}in.image_u8`) as ReferenceTensor);
        const resized = resizePillow(image, shortestEdgeSize(image, size), { filter: 'bicubic' });
        expectSamePixels(resized, pixelsOf(reference.tensors.get(`${at}mid.resized_u8`) as ReferenceTensor));
        const values = toChannelsFirst(cropShortestEdge(image, size), { mean: image_mean, std: image_std });
        const want = reference.tensors.get(`${at}out.pixel_values`);
        if (want) expect(worst(values, want.data)).toBeLessThan(1e-5);
      }
    },
  );

  it('keeps a constant constant, whatever the sizes', () => {
    const side = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(side, side, side, side, fc.integer({ min: 0, max: 255 }), (w, h, w2, h2, value) => {
        const image = { data: new Uint8Array(w * h).fill(value), widthPx: w, heightPx: h, channels: 1 };
        for (const filter of ['box', 'bilinear', 'bicubic'] as const) {
          const { data } = resizePillow(image, { widthPx: w2, heightPx: h2 }, { filter });
          expect(data.every((v) => v === value)).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('refuses data of another length and empty sizes', () => {
    const image = { data: new Uint8Array(5), widthPx: 2, heightPx: 2, channels: 1 };
    expect(() => resizePillow(image, { widthPx: 1, heightPx: 1 }, { filter: 'box' })).toThrow(/4 bytes/);
    const good = { ...image, data: new Uint8Array(4) };
    expect(() => resizePillow(good, { widthPx: 0, heightPx: 1 }, { filter: 'box' })).toThrow(/positive/);
  });
});

describe('model frame', () => {
  it('maps points there and back', () => {
    const side = fc.integer({ min: 1, max: 4000 });
    fc.assert(
      fc.property(side, side, fc.double({ min: 0, max: 1, noNaN: true }), (w, h, t) => {
        const frame = createModelFrame({ widthPx: w, heightPx: h }, 256);
        expect(frame.contentWidthPx).toBeGreaterThan(0);
        expect(frame.contentHeightPx).toBeGreaterThan(0);
        expect(Math.max(frame.contentWidthPx, frame.contentHeightPx)).toBe(256);
        const points = Float32Array.of(t * w, t * h);
        expect(worst(pointsToOriginalFrame(pointsToModelFrame(points, frame), frame), points)).toBeLessThan(1e-5);
      }),
    );
  });

  it('brings mask logits into the original frame as SAM does', () => {
    const { config, tensors } = readReference('sam-postprocess/base');
    const cases = config['subcases'] as Record<string, { original_size: [number, number] }>;
    for (const [name, { original_size }] of Object.entries(cases)) {
      const lowRes = tensors.get(`${name}/in.low_res`);
      const want = tensors.get(`${name}/out.masks`);
      if (!lowRes || !want) continue;
      const [heightPx, widthPx] = original_size;
      const plane = (config['low_res_size'] as number) ** 2;
      const frame = createModelFrame({ widthPx, heightPx }, config['img_size'] as number);
      for (let i = 0; i * plane < lowRes.data.length; i++) {
        const part = lowRes.data.slice(i * plane, (i + 1) * plane) as Float32Array;
        const wanted = want.data.slice(i * widthPx * heightPx, (i + 1) * widthPx * heightPx);
        expect(worst(maskLogitsToOriginalFrame(part, frame).data, wanted)).toBeLessThan(1e-5);
      }
    }
  });

  it('resizes bilinearly half-pixel', () => {
    const map = { data: Float32Array.of(0, 1), widthPx: 2, heightPx: 1 };
    expect([...resizeBilinear(map, { widthPx: 4, heightPx: 1 }).data]).toEqual([0, 0.25, 0.75, 1]);
  });
});

describe('cell grid', () => {
  it('puts every pixel into exactly one cell, sizes differing by at most one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 0, max: 300 }), (cells, more) => {
        const edges = cellEdges(cells + more, cells);
        const sizes = [...edges.slice(1)].map((edge, i) => edge - (edges[i] as number));
        expect(sizes.reduce((a, b) => a + b, 0)).toBe(cells + more);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('means of painted cells are what was painted', () => {
    const painted = paintCells([0, 5], { widthPx: 13, heightPx: 11 }, { cells: 3, inside: 2, outside: -1 });
    expect([...cellMeans(painted, 3)]).toEqual([2, -1, -1, -1, -1, 2, -1, -1, -1]);
    expect(() => cellEdges(3, 4)).toThrow(/gridCells/);
  });
});

describe('8-bit view of a medical image', () => {
  const image = {
    widthPx: 3,
    heightPx: 1,
    channels: 1 as const,
    spacingMm: null,
    orientation: null,
    window: null,
    seriesId: null,
    sliceIndex: null,
    frameIndex: null,
    sha256: '',
  };
  it('maps the window, or the finite range, and repeats grey', () => {
    const stored = Uint16Array.of(0, 500, 1000);
    expect([...toRgbU8({ ...image, dtype: 'uint16', data: stored }).data]).toEqual([
      0, 0, 0, 128, 128, 128, 255, 255, 255,
    ]);
    const window = { center: 500, width: 200 };
    expect([...toRgbU8({ ...image, dtype: 'uint16', data: Uint16Array.of(300, 500, 900), window }).data]).toEqual([
      0, 0, 0, 128, 128, 128, 255, 255, 255,
    ]);
    expect([...toRgbU8({ ...image, dtype: 'float32', data: Float32Array.of(NaN, 7, 7) }).data]).toEqual(
      Array(9).fill(0),
    );
    expect([...toRgbU8({ ...image, dtype: 'uint8', data: Uint8Array.of(1, 2, 3) }).data]).toEqual([
      1, 1, 1, 2, 2, 2, 3, 3, 3,
    ]);
  });
});
