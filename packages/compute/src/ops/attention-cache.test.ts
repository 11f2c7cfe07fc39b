import type { Tensor } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { expectAgreement, expectNumericGradient, someValue } from '../../test-support/compare.js';
import type { Build } from '../../test-support/compare.js';
import { expectFusedEqualsPlain } from '../../test-support/fused.js';
import * as ops from './index.js';

const [paths, heads, keyHeads, width, before, own] = [3, 4, 2, 6, 5, 2];

const step = {
  q: someValue([paths, heads, 1, width], 1),
  k: someValue([paths, keyHeads, 1, width], 2),
  v: someValue([paths, keyHeads, 1, width], 3),
};

describe('attention over a cache', () => {
  const inputs = {
    q: someValue([2, heads, 7, width], 1),
    k: someValue([2, keyHeads, 7, width], 2),
    v: someValue([2, keyHeads, 7, width], 3),
  };
  const whole: Build = ({ q, k, v }) => ops.attention(q!, k!, v!, { scale: 0.5, causal: true });

  it('read in pieces equals causal attention read at once', async () => {
    const piece = (x: Tensor, from: number, count: number): Tensor => ops.slice(x, [0, 0, from], [-1, -1, count]);
    const pieces: Build = ({ q, k, v }) => {
      const options = { scale: 0.5, causal: true };
      const at = (from: number, count: number): [Tensor, Tensor, Tensor] => [
        piece(q!, from, count),
        piece(k!, from, count),
        piece(v!, from, count),
      ];
      const [first, key, value] = at(0, 3);
      const outputs = [ops.attention(first, key, value, options)];
      let past: ops.KeyValueCache = { key, value };
      for (const [from, count] of [
        [3, 1],
        [4, 1],
        [5, 2],
      ] as const) {
        const { output, present } = ops.attentionWithCache(...at(from, count), { past, ...options });
        outputs.push(output);
        past = present;
      }
      return ops.concat(outputs, 2);
    };
    await expectFusedEqualsPlain(pieces, whole, inputs);
  });

  it('refuses fewer keys than causal queries, and a mask of another length', async () => {
    const fewer: Build = ({ q, k, v }) => whole({ q: q!, k: ops.slice(k!, [0, 0, 0], [-1, -1, 3]), v: v! });
    await expect(expectAgreement(fewer, inputs)).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' });
    const masked: Build = ({ q, k, v }) => ops.attention(q!, k!, v!, { scale: 1, keyMask: ops.ones([2, 6], 'bool') });
    await expect(expectAgreement(masked, inputs)).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' });
  });
});

describe('attention over a shared prefix', () => {
  const inputs = {
    ...step,
    pk: someValue([keyHeads, before, width], 4),
    pv: someValue([keyHeads, before, width], 5),
    sk: someValue([paths, keyHeads, own, width], 6),
    sv: someValue([paths, keyHeads, own, width], 7),
    bias: someValue([paths, before + own + 1], 8),
  };
  const fused: Build = ({ q, k, v, pk, pv, sk, sv, bias }) =>
    ops.prefixAttention(q!, k!, v!, {
      scale: 0.4,
      prefix: { key: pk!, value: pv! },
      suffix: { key: sk!, value: sv! },
      bias: bias!,
    });

  it('equals attention over the joined keys', async () => {
    const joined = (prefix: Tensor, suffix: Tensor, row: Tensor): Tensor =>
      ops.concat([ops.broadcastTo(ops.expandDims(prefix, 0), [paths, keyHeads, before, width]), suffix, row], 2);
    const plain: Build = ({ q, k, v, pk, pv, sk, sv, bias }) =>
      ops.plain.attention(q!, joined(pk!, sk!, k!), joined(pv!, sv!, v!), {
        scale: 0.4,
        bias: ops.reshape(bias!, [paths, 1, 1, -1]),
      });
    await expectFusedEqualsPlain(fused, plain, inputs);
    await expectNumericGradient(fused, inputs, ['q', 'pk', 'sv']);
  });

  it('refuses a bias that does not count every key', async () => {
    const short = { ...inputs, bias: someValue([paths, before + own], 8) };
    await expect(expectAgreement(fused, short)).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' });
  });
});
