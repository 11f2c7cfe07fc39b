import {
  llamaDecodeProgram,
  llamaEmbeddingsProgram,
  llamaPrefillProgram,
  llamaProgram,
  type LlamaSizes,
} from '@sim4seg/backbones';
import { defineProgram, float32Value, int32Value, runEager, type Program, type Tensor } from '@sim4seg/compute';
import type { TensorValue } from '@sim4seg/compute';
import type { ReferenceCase } from '@sim4seg/testing';
import { officialTextLoss } from '@sim4seg/trainer';
import type { CaseRunner, Checker } from '../checker.js';
import { checkProgram, paramsOf, runOnBoth, valueOf, type Values } from '../run-program.js';

const hidden = -1e9;
const ignoredLabel = -100;

interface Llama {
  readonly reference: ReferenceCase;
  readonly check: Checker;
  readonly sizes: LlamaSizes;
  readonly params: Values;
}

function sizesOf(model: Record<string, number>): LlamaSizes {
  return {
    vocabularySize: model['vocab_size'] as number,
    hiddenSize: model['hidden_size'] as number,
    intermediateSize: model['intermediate_size'] as number,
    layers: model['num_hidden_layers'] as number,
    heads: model['num_attention_heads'] as number,
    keyValueHeads: model['num_key_value_heads'] as number,
    rmsNormEps: model['rms_norm_eps'] as number,
    ropeTheta: model['rope_theta'] ?? 10_000,
  };
}

/** float32[B,1,L,L]: what a causal model may look at, right padding left out. */
function causalBias(
  batch: number,
  length: number,
  isReal: (row: number, key: number) => boolean = () => true,
): TensorValue {
  const data = new Float32Array(batch * length * length);
  for (let i = 0; i < data.length; i++) {
    const [row, query, key] = [Math.floor(i / length / length), Math.floor(i / length) % length, i % length];
    data[i] = key <= query && isReal(row, key) ? 0 : hidden;
  }
  return float32Value(data, [batch, 1, length, length]);
}

function positionsOf(batch: number, length: number): TensorValue {
  return int32Value(
    Int32Array.from({ length: batch * length }, (_, i) => i % length),
    [batch, length],
  );
}

function sequenceOf(ids: TensorValue, isReal?: (row: number, key: number) => boolean): Values {
  const [batch = 1, length = 1] = ids.shape;
  return { ids, positions: positionsOf(batch, length), bias: causalBias(batch, length, isReal) };
}

/** The shifted cross entropy of logits, as a program of its own. */
async function checkLoss({ reference: { io }, check }: Llama, name: string, logits: TensorValue): Promise<void> {
  const { data, shape } = io.ints(`${name}/in.labels`);
  const [batch = 1, length = 1] = shape;
  const next = Array.from({ length: batch }, (_, row) => [
    ...data.subarray(row * length + 1, (row + 1) * length),
  ]).flat();
  const dims = [batch, length - 1];
  const program = defineProgram({
    name: 'text loss',
    inputs: { logits: logits.shape, labels: { dims, dtype: 'int32' }, counted: dims },
    outputs: { loss: [] },
    run: (_, x) => ({ loss: officialTextLoss(x['logits'] as Tensor, x['labels'] as Tensor, x['counted'] as Tensor) }),
  });
  const inputs = {
    logits,
    labels: int32Value(
      Int32Array.from(next, (label) => Math.max(0, label)),
      dims,
    ),
    counted: float32Value(
      Float32Array.from(next, (label) => Number(label !== ignoredLabel)),
      dims,
    ),
  };
  await checkProgram(check, { program, params: {}, inputs }, { loss: `${name}/out.loss` });
}

async function checkFull(llama: Llama): Promise<void> {
  const { reference, check, sizes, params } = llama;
  const states = Array.from(
    { length: sizes.layers + 1 },
    (_, n) => [`state.${n}`, `full/out.hidden_states.${n}`] as const,
  );
  const names = { logits: 'full/out.logits', ...Object.fromEntries(states) };
  const runs = await runOnBoth(llamaProgram(sizes), params, sequenceOf(valueOf(reference.io, 'full/in.input_ids')));
  for (const { engine, outputs } of runs)
    for (const [output, name] of Object.entries(names))
      check.close(name, { ...(outputs[output] as TensorValue), engine });
  await checkLoss(llama, 'full', runs[0]?.outputs['logits'] as TensorValue);
}

/** Rows of padded queries mean nothing: they are taken from the reference before comparing. */
function withoutPadding(llama: Llama, name: string, value: TensorValue, mask: Int32Array): TensorValue {
  const stored = llama.reference.io.floats(name).data;
  const width = value.shape[2] ?? 1;
  return {
    ...value,
    data: Float32Array.from(value.data, (x, i) => (mask[Math.floor(i / width)] ? x : (stored[i] as number))),
  };
}

async function checkPadded(llama: Llama): Promise<void> {
  const { reference, check, sizes, params } = llama;
  const ids = valueOf(reference.io, 'padded/in.input_ids');
  const mask = reference.io.ints('padded/in.attention_mask').data;
  const length = ids.shape[1] ?? 1;
  const inputs = sequenceOf(ids, (row, key) => mask[row * length + key] === 1);
  const runs = await runOnBoth(llamaProgram(sizes), params, inputs);
  for (const { engine, outputs } of runs) {
    const named = { 'out.logits': outputs['logits'], 'out.last_hidden_state': outputs[`state.${sizes.layers}`] };
    for (const [output, value] of Object.entries(named)) {
      const name = `padded/${output}`;
      check.close(name, { ...withoutPadding(llama, name, value as TensorValue, mask), engine });
    }
  }
  await checkLoss(llama, 'padded', runs[0]?.outputs['logits'] as TensorValue);
}

async function checkEmbeddings({ reference, check, sizes, params }: Llama): Promise<void> {
  const embeddings = valueOf(reference.io, 'embeds/in.inputs_embeds');
  const [batch = 1, length = 1] = embeddings.shape;
  const inputs = { embeddings, positions: positionsOf(batch, length), bias: causalBias(batch, length) };
  const names = { logits: 'embeds/out.logits', [`state.${sizes.layers}`]: 'embeds/out.last_hidden_state' };
  await checkProgram(check, { program: llamaEmbeddingsProgram(sizes), params, inputs }, names);
}

type Runner = (program: Program, params: Values, inputs: Values) => Promise<Values>;

const engines: Readonly<Record<'eager' | 'compiled', Runner>> = {
  eager: (program, params, inputs) => runEager(program, params, inputs),
  compiled: async (program, params, inputs) => (await runOnBoth(program, params, inputs))[1]?.outputs as Values,
};

/** Logits float32[length,V] and the cache float32[keyValueHeads,length,d] by layer of one sequence, read token by token. */
interface Decoded {
  readonly logits: number[];
  readonly keys: readonly Float32Array[];
  readonly values: readonly Float32Array[];
}

async function decodeRow({ sizes, params }: Llama, runOn: Runner, ids: Int32Array, prefix: number): Promise<Decoded> {
  const [length, heads, width] = [ids.length, sizes.keyValueHeads, sizes.hiddenSize / sizes.heads];
  const suffix = length - prefix;
  const start = sequenceOf(int32Value(ids.slice(0, prefix), [1, prefix]));
  const cache = await runOn(llamaPrefillProgram(sizes), params, start);
  const logits = [...((await runOn(llamaProgram(sizes), params, start))['logits']?.data ?? [])];
  const empty = () => Array.from({ length: sizes.layers }, () => new Float32Array(heads * suffix * width));
  const rows = { keyRows: empty(), valueRows: empty() };
  for (let step = 0; step < suffix; step++) {
    const bias = new Float32Array(length + 1).fill(hidden, prefix + step, length);
    const cached = rows.keyRows.flatMap((key, layer) => [
      [`prefixKey.${layer}`, cache[`prefixKey.${layer}`] as TensorValue] as const,
      [`prefixValue.${layer}`, cache[`prefixValue.${layer}`] as TensorValue] as const,
      [`suffixKey.${layer}`, float32Value(key, [1, heads, suffix, width])] as const,
      [`suffixValue.${layer}`, float32Value(rows.valueRows[layer] as Float32Array, [1, heads, suffix, width])] as const,
    ]);
    const token = {
      ids: int32Value(ids.slice(prefix + step, prefix + step + 1), [1]),
      bias: float32Value(bias, [1, length + 1]),
    };
    const positions = int32Value(Int32Array.of(prefix + step), [1]);
    const outputs = await runOn(llamaDecodeProgram(sizes), params, {
      ...token,
      positions,
      ...Object.fromEntries(cached),
    });
    logits.push(...(outputs['logits']?.data ?? []));
    for (const kind of ['keyRows', 'valueRows'] as const)
      putRows(rows[kind], outputs[kind]?.data as Float32Array, { heads, suffix, width, step });
  }
  const whole = (kind: 'Key' | 'Value', own: readonly Float32Array[]) =>
    own.map((data, layer) => joinRows(cache[`prefix${kind}.${layer}`]?.data as Float32Array, data, heads));
  return { logits, keys: whole('Key', rows.keyRows), values: whole('Value', rows.valueRows) };
}

/** Writes the new rows float32[layers,1,heads,d] into each layer's suffix float32[1,heads,S,d]. */
function putRows(
  layers: readonly Float32Array[],
  rows: Float32Array,
  { heads, suffix, width, step }: Record<'heads' | 'suffix' | 'width' | 'step', number>,
): void {
  for (const [layer, data] of layers.entries())
    for (let head = 0; head < heads; head++) {
      const from = (layer * heads + head) * width;
      data.set(rows.subarray(from, from + width), (head * suffix + step) * width);
    }
}

/** float32[heads,P,d] and float32[heads,S,d] to float32[heads,P+S,d]. */
function joinRows(prefix: Float32Array, suffix: Float32Array, heads: number): Float32Array {
  const [before, after] = [prefix.length / heads, suffix.length / heads];
  const joined = new Float32Array(prefix.length + suffix.length);
  for (let head = 0; head < heads; head++) {
    joined.set(prefix.subarray(head * before, (head + 1) * before), head * (before + after));
    joined.set(suffix.subarray(head * after, (head + 1) * after), head * (before + after) + before);
  }
  return joined;
}

async function checkDecoding(llama: Llama): Promise<void> {
  const { reference, check } = llama;
  const { data, shape } = reference.io.ints('decode/in.input_ids');
  const [batch = 1, length = 1] = shape;
  for (const [engine, runOn] of Object.entries(engines)) {
    const rows: Decoded[] = [];
    for (let row = 0; row < batch; row++)
      rows.push(
        await decodeRow(
          llama,
          runOn,
          data.slice(row * length, (row + 1) * length),
          reference.config['prefill'] as number,
        ),
      );
    check.close('decode/out.logits', { data: rows.flatMap(({ logits }) => logits), engine });
    for (let layer = 0; layer < llama.sizes.layers; layer++)
      for (const [name, kind] of [
        ['key', 'keys'],
        ['value', 'values'],
      ] as const) {
        const cached = rows.flatMap((row) => [...(row[kind][layer] as Float32Array)]);
        check.close(`decode/out.past.${layer}.${name}`, { data: cached, engine });
      }
  }
}

async function checkGreedy({ reference, check, sizes, params }: Llama): Promise<void> {
  const ids = [...reference.io.ints('greedy/in.prompt_ids').data];
  for (let i = 0; i < (reference.config['max_new_tokens'] as number); i++) {
    const inputs = sequenceOf(int32Value(Int32Array.from(ids), [1, ids.length]));
    const logits = (await runEager(llamaProgram(sizes), params, inputs))['logits']?.data as Float32Array;
    const last = [...logits.subarray(-sizes.vocabularySize)];
    ids.push(last.indexOf(Math.max(...last)));
  }
  check.exact('greedy/out.ids', { data: ids, shape: [1, ids.length] });
}

export const run: CaseRunner = async (reference, check) => {
  const sizes = sizesOf(reference.config['model'] as Record<string, number>);
  const llama: Llama = { reference, check, sizes, params: paramsOf(llamaProgram(sizes), reference.weights) };
  await checkFull(llama);
  await checkPadded(llama);
  await checkEmbeddings(llama);
  await checkDecoding(llama);
  await checkGreedy(llama);
};
