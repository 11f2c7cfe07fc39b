import {
  blockNames,
  fromPeft,
  initParams,
  mergeLora,
  quantizeBlocks,
  runEager,
  toPeft,
  unmergeLora,
} from '@sim4seg/compute';
import type { TensorValue } from '@sim4seg/compute';
import { describe, expect, it } from 'vitest';
import { int4Linears, loraLinears, OFFICIAL_LORA } from './linear-layers.js';
import type { LlamaForm } from './linear-layers.js';
import { llamaProgram } from './programs.js';

type Values = Readonly<Record<string, TensorValue>>;

const SIZES: LlamaForm = {
  vocabularySize: 23,
  hiddenSize: 32,
  intermediateSize: 64,
  layers: 2,
  heads: 4,
  keyValueHeads: 2,
  rmsNormEps: 1e-6,
  ropeTheta: 10_000,
};
const ADAPTED: LlamaForm = { ...SIZES, linears: loraLinears(OFFICIAL_LORA) };
const LENGTH = 5;

async function logitsOf(form: LlamaForm, params: Values): Promise<Float32Array> {
  const program = llamaProgram(form);
  const own = Object.fromEntries(Object.keys(program.params).map((name) => [name, params[name]!]));
  const bias = Float32Array.from({ length: LENGTH ** 2 }, (_, i) => (i % LENGTH > Math.floor(i / LENGTH) ? -1e9 : 0));
  const row = (ids: readonly number[]): TensorValue => ({
    data: Int32Array.from(ids),
    shape: [1, LENGTH],
    dtype: 'int32',
  });
  const { logits } = await runEager(program, own, {
    ids: row([3, 1, 4, 1, 5]),
    positions: row([0, 1, 2, 3, 4]),
    bias: { data: bias, shape: [1, 1, LENGTH, LENGTH], dtype: 'float32' },
  });
  return logits!.data as Float32Array;
}

const difference = (a: Float32Array, b: Float32Array): number =>
  Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));

/** Fresh parameters whose adapters do something. */
function trainedAdapters(): Record<string, TensorValue> {
  const params = initParams(llamaProgram(ADAPTED).params, 7);
  const moved = Object.entries(params).map(([name, value]) => {
    if (!name.includes('lora_B')) return [name, value] as const;
    return [name, { ...value, data: Float32Array.from(value.data, (_, i) => Math.sin(i) / 10) }] as const;
  });
  return Object.fromEntries(moved);
}

describe('layers with adapters', () => {
  const { params: specs } = llamaProgram(ADAPTED);

  it('have the keys of the official checkpoint and of PEFT, on the official layers alone', () => {
    const keys = Object.values(specs).map(({ key }) => key);
    expect(keys).toContain('model.layers.1.self_attn.q_proj.weight');
    expect(keys).toContain('base_model.model.model.layers.1.self_attn.q_proj.lora_A.weight');
    expect(keys).toContain('base_model.model.model.layers.0.self_attn.v_proj.lora_B.weight');
    expect(keys.filter((key) => key?.includes('lora_')).length).toBe(2 * 2 * 2);
    expect(keys).toContain('lm_head.weight');
    expect(specs['layers.0.self_attn.v_proj.lora_A.default.weight']?.dims).toEqual([8, 32]);
    expect(specs['layers.0.self_attn.v_proj.lora_B.default.weight']?.dims).toEqual([16, 8]);
  });

  it('may stand on any linear layer, the head too', () => {
    const targets = ['gate_proj', 'o_proj', 'lm_head'];
    const { params } = llamaProgram({ ...SIZES, linears: loraLinears({ ...OFFICIAL_LORA, targets }) });
    const adapted = Object.values(params).flatMap(({ key = '' }) => (key.includes('lora_A') ? [key] : []));
    expect(adapted).toContain('base_model.model.lm_head.lora_A.weight');
    expect(adapted).toContain('base_model.model.model.layers.1.mlp.gate_proj.lora_A.weight');
    expect(adapted).toHaveLength(2 * 2 + 1);
  });

  it('change nothing while they are fresh, and answer as merged weights do', async () => {
    const fresh = initParams(specs, 7);
    expect(await logitsOf(ADAPTED, fresh)).toEqual(await logitsOf(SIZES, fresh));
    const trained = trainedAdapters();
    const adapted = await logitsOf(ADAPTED, trained);
    expect(difference(adapted, await logitsOf(SIZES, trained))).toBeGreaterThan(1e-3);
    const merged = mergeLora(trained, { ...OFFICIAL_LORA, adapter: 'default' });
    expect(difference(adapted, await logitsOf(SIZES, merged))).toBeLessThan(1e-4);
    const apart = unmergeLora(merged, { ...OFFICIAL_LORA, adapter: 'default' });
    expect(difference(await logitsOf(SIZES, trained), await logitsOf(SIZES, apart))).toBeLessThan(1e-4);
  });

  it('come from adapter files of PEFT and go back into them', () => {
    const trained = trainedAdapters();
    const filed = toPeft(trained, 'default');
    const keys = Object.keys(filed).map((key) => key.replace('base_model.model.', 'base_model.model.model.'));
    const known = Object.values(specs).flatMap(({ key }) => (key?.includes('lora_') ? [key] : []));
    expect(keys.sort()).toEqual(known.sort());
    expect(fromPeft(filed, 'default')).toEqual(
      Object.fromEntries(Object.entries(trained).filter(([name]) => name.includes('lora_'))),
    );
  });
});

describe('layers of 4-bit blocks', () => {
  it.each([[false], [true]])('differ from float32 by less than their rounding lets expect (head %s)', async (head) => {
    const form: LlamaForm = { ...SIZES, linears: int4Linears({ head }) };
    const params = initParams(llamaProgram(SIZES).params, 9);
    const { params: specs } = llamaProgram(form);
    const stored: Record<string, TensorValue> = { ...params };
    for (const [name, value] of Object.entries(params)) {
      const names = blockNames(name, 'int4');
      if (!specs[names.packed]) continue;
      const [rows, columns] = value.shape as [number, number];
      const blocks = quantizeBlocks(value.data as Float32Array, { rows, columns, bits: 4, blockSize: 32 });
      const shaped = (key: string, data: TensorValue['data'], dtype: TensorValue['dtype']): void => {
        stored[key] = { data, shape: specs[key]!.dims as number[], dtype };
      };
      shaped(names.packed, blocks.packed, 'uint8');
      shaped(names.scales, blocks.scales, 'float32');
      shaped(names.zeros, blocks.zeros, 'uint8');
    }
    expect('lm_head.weight' in specs).toBe(!head);
    expect(specs['layers.0.mlp.up_proj.weight.int4']?.key).toBe('model.layers.0.mlp.up_proj.weight.int4');
    const [exact, rounded] = [await logitsOf(SIZES, params), await logitsOf(form, stored)];
    const largest = Math.max(...exact.map(Math.abs));
    // 15 steps between the ends of a block: errors of a thirtieth of its range, averaged over the inputs of each layer.
    expect(difference(exact, rounded)).toBeLessThan(0.25 * largest);
    expect(difference(exact, rounded)).toBeGreaterThan(0);
  });
});
