import { describe, expect, it } from 'vitest';
import { intValue, someValue, worstError } from '../../test-support/compare.js';
import { compile } from '../program/compile.js';
import { initParams } from '../program/params.js';
import { runEager } from '../program/run-eager.js';
import { defineProgram } from '../program.js';
import type { TensorValue } from '../tensor-value.js';
import * as ops from './index.js';

type Values = Record<string, TensorValue>;

const [heads, keyHeads, width] = [4, 2, 6];

/** A sequence of any length in a batch of any size, and its continuation over a cache. */
const program = defineProgram({
  name: 'sequence',
  params: { table: [11, heads * width], gate: [8, heads * width], up: [8, heads * width], down: [5, 8] },
  inputs: {
    ids: { dims: ['batch', 'tokens'], dtype: 'int32' },
    positions: { dims: ['batch', 'tokens'], dtype: 'int32' },
    readBefore: { dims: ['batch', 'past'], dtype: 'int32' },
    readNow: { dims: ['batch', 'tokens'], dtype: 'int32' },
    pastKey: ['batch', keyHeads, 'past', width],
    pastValue: ['batch', keyHeads, 'past', width],
    labels: { dims: ['batch', 'tokens'], dtype: 'int32' },
  },
  outputs: { logits: ['batch', 'tokens', 5], loss: [], continued: ['batch', heads, 'tokens', width] },
  run: (p, x) => {
    const [batch, tokens] = x.ids.shape as [number, number];
    const embedded = ops.embedding(p.table, x.ids);
    const query = ops.transpose(ops.reshape(embedded, [batch, tokens, heads, width]), [0, 2, 1, 3]);
    const { cos, sin } = ops.ropeTables(x.positions, { width });
    const turned = ops.rope(query, cos, sin);
    const key = ops.slice(turned, [0, 0, 0, 0], [-1, keyHeads, -1, -1]);
    const value = ops.slice(query, [0, 0, 0, 0], [-1, keyHeads, -1, -1]);
    const attended = ops.attention(turned, key, value, { scale: 0.4, causal: true });
    const { output } = ops.attentionWithCache(turned, key, value, {
      past: { key: x.pastKey, value: x.pastValue },
      scale: 0.4,
      causal: true,
      keyMask: ops.concat([x.readBefore, x.readNow], 1),
    });
    const joined = ops.reshape(ops.transpose(attended, [0, 2, 1, 3]), [batch, tokens, heads * width]);
    const hidden = ops.siluGate(ops.linear(joined, p.gate), ops.linear(joined, p.up));
    const logits = ops.linear(hidden, p.down);
    const rows = ops.reshape(logits, [batch * tokens, 5]);
    const loss = ops.crossEntropy(rows, ops.reshape(x.labels, [batch * tokens]), null, { ignoreIndex: -100 });
    return { logits, loss, continued: output };
  },
});

const ids = (shape: readonly [number, number], modulus: number, start = 0): TensorValue =>
  intValue(Array.from({ length: shape[0] * shape[1] }, (_, i) => (i * 5 + start) % modulus), shape); // prettier-ignore

const flags = ([rows, columns]: readonly [number, number]): TensorValue =>
  intValue(Array.from({ length: rows * columns }, (_, i) => Number(i % 7 !== 2)), [rows, columns]); // prettier-ignore

function inputs(batch: number, tokens: number, past: number): Values {
  const labels = ids([batch, tokens], 5);
  labels.data[0] = -100;
  return {
    ids: ids([batch, tokens], 11),
    positions: ids([batch, tokens], 9, past),
    readBefore: flags([batch, past]),
    readNow: flags([batch, tokens]),
    pastKey: someValue([batch, keyHeads, past, width], 3),
    pastValue: someValue([batch, keyHeads, past, width], 4),
    labels,
  };
}

describe('fused forms of sizes that are symbols', () => {
  it('run at every size in one compiled session', async () => {
    const params = initParams(program.params, 9);
    await using session = await compile(program, { weights: params });
    for (const [batch, tokens, past] of [
      [1, 4, 3],
      [3, 7, 2],
      [2, 1, 9],
    ] as const) {
      const x = inputs(batch, tokens, past);
      const eager = await runEager(program, params, x);
      const compiled = await session.run(x);
      for (const name of Object.keys(eager)) {
        expect(worstError(compiled[name]!, eager[name]!), `${name} at ${batch}, ${tokens}, ${past}`).toBeLessThan(2e-5);
      }
    }
  });

  it('so do paths over a shared prefix', async () => {
    const decode = defineProgram({
      name: 'decode',
      inputs: {
        q: ['paths', heads, 1, width],
        k: ['paths', keyHeads, 1, width],
        prefix: [keyHeads, 'before', width],
        suffix: ['paths', keyHeads, 'own', width],
        onPrefix: ['paths', 'before'],
        onSuffix: ['paths', 'own'],
      },
      outputs: { y: ['paths', heads, 1, width] },
      run: (_p, { q, k, prefix, suffix, onPrefix, onSuffix }) => {
        const bias = ops.concat([onPrefix, onSuffix, ops.zeros([q.shape[0]!, 1])], 1);
        const [shared, each] = [prefix, suffix].map((rows) => ({ key: rows, value: rows })) as [
          ops.KeyValueCache,
          ops.KeyValueCache,
        ];
        return { y: ops.prefixAttention(q, k, k, { scale: 0.4, prefix: shared, suffix: each, bias }) };
      },
    });
    await using session = await compile(decode, {});
    for (const [paths, before, own] of [
      [1, 5, 2],
      [4, 3, 6],
    ] as const) {
      const x = {
        q: someValue([paths, heads, 1, width], 1),
        k: someValue([paths, keyHeads, 1, width], 2),
        prefix: someValue([keyHeads, before, width], 3),
        suffix: someValue([paths, keyHeads, own, width], 4),
        onPrefix: someValue([paths, before], 5),
        onSuffix: someValue([paths, own], 6),
      };
      const eager = await runEager(decode, {}, x);
      expect(worstError((await session.run(x))['y']!, eager['y']!)).toBeLessThan(2e-5);
    }
  });
});
