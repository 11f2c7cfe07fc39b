import { describe, expect, it } from 'vitest';
import { fromBfloat16, fromHalf, toFloat32, toHalf, toInt32 } from './half.js';

describe('half precision', () => {
  it('brings every half value through float32 and back', () => {
    const all = Uint16Array.from({ length: 65536 }, (_, bits) => bits);
    const values = fromHalf(all);
    const again = toHalf(values);
    const isNaNPattern = (bits: number) => (bits & 0x7c00) === 0x7c00 && (bits & 0x3ff) > 0;
    const wrong = all.filter((bits) => (isNaNPattern(bits) ? !isNaNPattern(again[bits]!) : again[bits] !== bits));
    expect([...wrong]).toEqual([]);
  });

  it.each([
    [1 + 2 ** -11, 0x3c00, 'a tie to the even neighbour below'],
    [1 + 3 * 2 ** -11, 0x3c02, 'a tie to the even neighbour above'],
    [65519.99, 0x7bff, 'the largest half'],
    [65520, 0x7c00, 'infinity'],
    [-(2 ** -25), 0x8000, 'a tie to negative zero'],
    [2 ** -24, 0x0001, 'the smallest half'],
    [1.0009765625 - 2 ** -12, 0x3c01, 'the nearer neighbour'],
    [6.103515625e-5 - 2 ** -26, 0x0400, 'a carry from denormal to normal'],
  ])('rounds %d to %i: %s', (value, bits) => {
    expect(toHalf(Float32Array.of(value))[0]).toBe(bits);
  });

  it('reads bfloat16 as the upper half of float32', () => {
    expect(fromBfloat16(Uint16Array.of(0x3f80, 0xc000, 0x7f80))).toEqual(Float32Array.of(1, -2, Infinity));
  });

  it('turns integers into float32 and int32 and refuses what does not fit', () => {
    const ids = { dtype: 'int64', shape: [2], data: BigInt64Array.of(-200n, 5n) } as const;
    expect(toFloat32(ids)).toEqual(Float32Array.of(-200, 5));
    expect(toInt32(ids)).toEqual(Int32Array.of(-200, 5));
    expect(() => toInt32({ ...ids, data: BigInt64Array.of(2n ** 31n, 0n) })).toThrow('32 bits');
    expect(() => toFloat32({ ...ids, data: BigInt64Array.of(2n ** 60n, 0n) })).toThrow('2^53');
  });
});
