import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSim4SegError } from '../errors.js';
import vectors from '../../test/coco-rle-vectors.json' with { type: 'json' };
import { maskArea, maskDice, maskFromValues, maskIou, maskToBytes, maskUnion, masksEqual } from './mask-bits.js';
import type { MaskBits } from './mask-bits.js';
import { decodeRle, encodeRle } from './rle.js';

const maskOf = (rows: string[], frameId = 'f'): MaskBits =>
  maskFromValues([...rows.join('')].map(Number), { widthPx: rows[0]?.length ?? 0, heightPx: rows.length, frameId });

const anyMask = fc
  .tuple(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: 9 }))
  .chain(([widthPx, heightPx]) =>
    fc
      .array(fc.integer({ min: 0, max: 1 }), { minLength: widthPx * heightPx, maxLength: widthPx * heightPx })
      .map((values) => maskFromValues(values, { widthPx, heightPx, frameId: 'f' })),
  );

describe('mask bits', () => {
  it('counts by popcount what pixel loops count', () => {
    fc.assert(
      fc.property(anyMask, fc.integer(), (mask, seed) => {
        const bytes = maskToBytes(mask, 1);
        const other = bytes.map((v, i) => ((i * 2654435761 + seed) & 4 ? v : 1 - v));
        const b = maskFromValues(other, mask);
        const both = bytes.filter((v, i) => v && other[i]).length;
        const either = bytes.filter((v, i) => v || other[i]).length;
        const sum = (values: Uint8Array): number => values.reduce((a, v) => a + v, 0);
        expect(maskArea(mask)).toBe(sum(bytes));
        expect(maskIou(mask, b)).toBe(either === 0 ? 1 : both / either);
        expect(maskDice(mask, b)).toBe(sum(bytes) + sum(other) === 0 ? 1 : (2 * both) / (sum(bytes) + sum(other)));
        expect(maskArea(maskUnion([mask, b]))).toBe(either);
      }),
    );
  });

  it('treats NaN and the threshold itself as background', () => {
    expect([...maskToBytes(maskFromValues([NaN, 0, 0.1, -1], { widthPx: 4, heightPx: 1, frameId: '' }))]).toEqual([
      0, 0, 255, 0,
    ]);
  });

  it('refuses masks of different frames', () => {
    expect(() => maskIou(maskOf(['10']), maskOf(['10'], 'g'))).toThrow(/one image frame/);
    expect(() => maskIou(maskOf(['10']), maskOf(['1', '0']))).toThrow(/one image frame/);
    expect(masksEqual(maskOf(['10']), maskOf(['10'], 'g'))).toBe(false);
    expect(() => maskUnion([])).toThrow(/needs a mask/);
  });
});

describe('COCO run lengths', () => {
  it.each(vectors.masks)('equals pycocotools: $size, area $area', ({ size, pixels, counts, area }) => {
    const [heightPx, widthPx] = size as [number, number];
    const bytes = Buffer.from(pixels, 'hex');
    const values = Array.from({ length: heightPx * widthPx }, (_, i) => ((bytes[i >> 3] as number) >> (i & 7)) & 1);
    const mask = maskFromValues(values, { widthPx, heightPx, frameId: 'f' });
    expect(encodeRle(mask)).toEqual({ size, counts });
    expect(maskArea(mask)).toBe(area);
    expect(masksEqual(decodeRle({ size: [heightPx, widthPx], counts }, 'f'), mask)).toBe(true);
  });

  it('goes there and back', () => {
    fc.assert(
      fc.property(anyMask, (mask) => {
        expect(masksEqual(decodeRle(encodeRle(mask), 'f'), mask)).toBe(true);
      }),
    );
  });

  it('refuses damaged strings with a code', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), (counts) => {
        try {
          decodeRle({ size: [4, 5], counts }, 'f');
        } catch (error) {
          expect(isSim4SegError(error) && error.code).toBe('RECORD_INVALID');
        }
      }),
    );
    expect(() => decodeRle({ size: [3, 3], counts: '8' }, 'f')).toThrow(/fill their picture/);
    expect(() => decodeRle({ size: [3, 3], counts: 'o' }, 'f')).toThrow(/damaged number/);
  });
});
