import type { Tensor } from '@tensorflow/tfjs-core';
import { describe, it } from 'vitest';
import { intValue, someValue } from '../../test-support/compare.js';
import type { Build } from '../../test-support/compare.js';
import { expectFusedEqualsPlain } from '../../test-support/fused.js';
import type { TensorValue } from '../tensor-value.js';
import * as ops from './index.js';

type Ops = Pick<typeof ops, keyof typeof ops.plain>;
type Inputs = Record<string, TensorValue>;
type Form = (forms: Ops, x: Record<string, Tensor>) => Tensor;

const rows = { x: someValue([2, 3, 6], 1, 2), w: someValue([6], 2), b: someValue([6], 3) };
const map = { x: someValue([2, 4, 3, 5], 1, 2), w: someValue([4], 2), b: someValue([4], 3) };
const wide = { x: someValue([3, 7], 4, 4) };
const pair = { gate: someValue([2, 5], 1, 3), up: someValue([2, 5], 2, 3) };

const qkv = (heads: number, keyHeads: number, queries: number, keys: number): Inputs => ({
  q: someValue([2, heads, queries, 6], 1),
  k: someValue([2, keyHeads, keys, 6], 2),
  v: someValue([2, keyHeads, keys, 6], 3),
});
const attended =
  (options: Partial<ops.AttentionOptions>): Form =>
  (f, { q, k, v, bias }) =>
    f.attention(q!, k!, v!, { scale: 0.4, bias: bias ?? null, ...options });
const maskedBy: Form = (f, { q, k, v, present }) =>
  f.attention(q!, k!, v!, { scale: 0.4, causal: true, keyMask: ops.cast(present!, 'bool') });
const relative: Form = (f, { q, k, v, rows, columns }) => {
  const bias = f.relativeBias(q!, { grid: [2, 3], rows: rows!, columns: columns! });
  return f.attention(q!, k!, v!, { scale: 0.4, bias });
};
const relativeAtOnce: Form = (f, { q, k, v, rows, columns }) =>
  f.relativeAttention(q!, k!, v!, { scale: 0.4, grid: [2, 3], rows: rows!, columns: columns! });
const turned =
  (options: ops.RopeOptions, table: ops.RopeTableOptions): Form =>
  (f, { x, at }) => {
    const { cos, sin } = ops.ropeTables(at!, table);
    return f.rope(x!, cos, sin, options);
  };
const places = { x: someValue([2, 2, 3, 4], 1) };
const grid = { ...qkv(2, 2, 6, 6), rows: someValue([3, 6], 4), columns: someValue([5, 6], 5) };

const cases: Record<string, readonly [Form, Inputs]> = {
  linear: [(f, { x, w, b }) => f.linear(x!, w!, b!), { x: rows.x, w: someValue([4, 6], 2), b: someValue([4], 3) }],
  'linear without bias': [(f, { x, w }) => f.linear(x!, w!), { x: someValue([2, 1, 2, 6]), w: someValue([3, 6], 2) }],
  jointLinear: [
    (f, { x, w, b }) => ops.concat(f.jointLinear(x!, w!, b!, 3).reverse(), -1),
    { x: rows.x, w: someValue([9, 6], 2), b: someValue([9], 3) },
  ],
  'jointLinear without bias': [
    (f, { x, w }) => ops.concat(f.jointLinear(x!, w!, null, 2).reverse(), -1),
    { x: rows.x, w: someValue([4, 6], 2) },
  ],
  layerNorm: [(f, { x, w, b }) => f.layerNorm(x!, w!, b!, 1e-5), rows],
  rmsNorm: [(f, { x, w }) => f.rmsNorm(x!, w!, 1e-6), { x: rows.x, w: rows.w }],
  groupNorm: [(f, { x, w, b }) => f.groupNorm(x!, w!, b!, 2, 1e-5), map],
  gelu: [(f, { x }) => f.gelu(x!), wide],
  geluTanh: [(f, { x }) => f.geluTanh(x!), wide],
  quickGelu: [(f, { x }) => f.quickGelu(x!), wide],
  silu: [(f, { x }) => f.silu(x!), wide],
  siluGate: [(f, { gate, up }) => f.siluGate(gate!, up!), pair],
  softmax: [(f, { x }) => f.softmax(x!), wide],
  logSoftmax: [(f, { x }) => f.logSoftmax(x!), wide],
  attention: [attended({}), qkv(2, 2, 3, 5)],
  'attention with a bias a head': [attended({}), { ...qkv(2, 2, 3, 5), bias: someValue([1, 2, 3, 5], 4) }],
  'causal attention': [attended({ causal: true }), qkv(2, 2, 4, 4)],
  'causal attention after a past': [attended({ causal: true }), qkv(2, 1, 3, 5)],
  'attention of grouped queries': [attended({}), qkv(4, 2, 3, 5)],
  'grouped queries with a bias a head': [attended({}), { ...qkv(4, 2, 3, 5), bias: someValue([4, 3, 5], 4) }],
  'grouped queries with one bias': [attended({}), { ...qkv(4, 2, 3, 5), bias: someValue([2, 1, 3, 5], 4) }],
  'grouped queries with a bias a key': [attended({}), { ...qkv(4, 2, 3, 5), bias: someValue([5], 4) }],
  'causal grouped queries with padding': [
    maskedBy,
    { ...qkv(4, 2, 5, 5), present: intValue([1, 1, 0, 1, 1, 1, 1, 1, 1, 0], [2, 5]) },
  ],
  'attention with relative positions': [relative, grid],
  'attention with relative positions at once': [relativeAtOnce, grid],
  'attention with interpolated relative positions': [relative, { ...grid, rows: someValue([7, 6], 4) }],
  rope: [turned({}, { width: 4 }), { ...places, at: intValue([0, 1, 2, 5, 9, 30], [2, 3]) }],
  'rope of shared positions': [turned({}, { width: 4, base: 100 }), { ...places, at: intValue([3, 4, 5], [1, 3]) }],
  'rope of interleaved pairs': [
    turned({ interleaved: true }, { width: 4, positionScale: 0.25 }),
    { ...places, at: intValue([0, 1, 2, 5, 9, 30], [2, 3]) },
  ],
  crossEntropy: [
    (f, { x, labels }) => f.crossEntropy(x!, labels!, ops.tensor([0.5, 2, 1]), { smoothing: 0.1 }),
    { x: someValue([3, 5], 1, 3), labels: intValue([4, 0, 2]) },
  ],
  bceWithLogits: [(f, { x, t }) => f.bceWithLogits(x!, t!), { x: someValue([3, 4], 1, 4), t: someValue([3, 4], 2) }],
  diceLoss: [
    (f, { x, t }) => f.diceLoss(x!, ops.stopGradient(t!)),
    { x: someValue([2, 3, 4], 1, 3), t: someValue([2, 3, 4], 2) },
  ],
};

describe('fused forms equal their plain forms in values and gradients, on every engine', () => {
  it.each(Object.entries(cases))('%s', async (_name, [form, inputs]) => {
    const build =
      (forms: Ops): Build =>
      (x) =>
        form(forms, x);
    await expectFusedEqualsPlain(build(ops), build(ops.plain), inputs);
  });
});
