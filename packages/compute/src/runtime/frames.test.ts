import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFrame, FrameReader } from './frames.js';

const array = fc.oneof(
  fc.float32Array(),
  fc.int32Array(),
  fc.uint8Array(),
  fc.bigInt64Array(),
  fc.uint16Array(),
  fc.float64Array(),
);
const message = fc.record({
  type: fc.string(),
  session: fc.integer(),
  feeds: fc.dictionary(fc.string(), fc.record({ data: array, shape: fc.array(fc.nat()), dtype: fc.string() })),
  nothing: fc.constant(null),
});

/** All frames as one run of bytes. */
const joined = (messages: readonly object[]) => Buffer.concat(messages.flatMap(encodeFrame));

describe('frames', () => {
  it('come out as they went in, whatever the pieces', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 4 }), fc.array(fc.integer({ min: 1, max: 40 })), (messages, cuts) => {
        const seen: unknown[] = [];
        const reader = new FrameReader((one) => seen.push(one));
        const bytes = joined(messages);
        let at = 0;
        for (const cut of [...cuts, bytes.length]) reader.push(bytes.subarray(at, (at += cut)));
        expect(seen).toEqual(messages);
      }),
    );
  });

  it('give every array a buffer of its own and keep the bytes of a view alone', () => {
    const large = Float32Array.of(9, 1, 2, 9);
    const seen: { a: Float32Array; b: Float32Array }[] = [];
    const reader = new FrameReader((one) => seen.push(one as never));
    reader.push(joined([{ a: large.subarray(1, 3), b: new Float32Array(0) }]));
    expect(seen[0]?.a).toEqual(Float32Array.of(1, 2));
    expect(seen[0]?.a.buffer.byteLength).toBe(8);
    expect(seen[0]?.b).toEqual(new Float32Array(0));
  });
});
