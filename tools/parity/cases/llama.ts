import { chooseToken, llamaEmbeddingsProgram, llamaProgram } from '@sim4seg/backbones';
import type { LlamaSizes } from '@sim4seg/backbones';
import { runEager } from '@sim4seg/compute';
import type { Program, TensorValue } from '@sim4seg/compute';
import type { ReferenceCase } from '@sim4seg/testing';
import type { CaseRunner, Checker } from '../checker.js';
import { causalBias, positionRows, rowsOf } from '../llama/batch.js';
import { startCachedRun } from '../llama/cached-run.js';
import type { CachedRun } from '../llama/cached-run.js';
import { shiftedLoss } from '../llama/shifted-loss.js';
import { paramsByKey } from '../params-by-key.js';

type Values = Record<string, TensorValue>;
interface LlamaCase {
  readonly io: ReferenceCase['io'];
  readonly sizes: LlamaSizes;
  readonly params: Values;
  readonly check: Checker;
}

export const run: CaseRunner = async ({ io, config, weights }, check) => {
  const sizes = sizesOf(config['model'] as Record<string, number>);
  const params = paramsByKey(llamaProgram(sizes).params, weights);
  const llama: LlamaCase = { io, sizes, params, check };
  await runFull(llama);
  await runPadded(llama);
  await runEmbeds(llama);
  await runDecode(llama, config['prefill'] as number);
  await runGreedy(llama, config['max_new_tokens'] as number);
};

/** Epsilon of the norms and the key and value heads come from the case; the base of the rotation is LLaMA's. */
function sizesOf(model: Readonly<Record<string, number>>): LlamaSizes {
  return {
    vocabularySize: model['vocab_size']!,
    hiddenSize: model['hidden_size']!,
    intermediateSize: model['intermediate_size']!,
    layers: model['num_hidden_layers']!,
    heads: model['num_attention_heads']!,
    keyValueHeads: model['num_key_value_heads']!,
    rmsNormEps: model['rms_norm_eps']!,
    ropeTheta: 10_000,
  };
}

async function runFull({ io, sizes, params, check }: LlamaCase): Promise<void> {
  const { logits, outputs } = await forward(io, 'full', { program: llamaProgram(sizes), params });
  for (let n = 0; n <= sizes.layers; n++) check.close(`full/out.hidden_states.${n}`, outputs[`state.${n}`]!);
  check.close('full/out.logits', logits);
  check.close('full/out.loss', { data: [shiftedLoss(logits, io.ints('full/in.labels').data)] });
}

/** Rows of padding mean nothing: there the reference's own values are compared with themselves. */
async function runPadded({ io, sizes, params, check }: LlamaCase): Promise<void> {
  const mask = io.ints('padded/in.attention_mask').data;
  const { logits, outputs } = await forward(io, 'padded', { program: llamaProgram(sizes), params, mask });
  const real = (name: string, { data, shape }: TensorValue): void => {
    const width = shape[2]!;
    const reference = io.floats(name).data;
    const merged = reference.map((value, i) => (mask[Math.floor(i / width)] ? (data[i] as number) : value));
    check.close(name, { data: merged, shape });
  };
  real('padded/out.last_hidden_state', outputs[`state.${sizes.layers}`]!);
  real('padded/out.logits', logits);
  check.close('padded/out.loss', { data: [shiftedLoss(logits, io.ints('padded/in.labels').data)] });
}

async function forward(
  io: ReferenceCase['io'],
  name: string,
  { program, params, mask }: { program: Program; params: Values; mask?: Int32Array },
): Promise<{ logits: TensorValue; outputs: Values }> {
  const ids = io.ints(`${name}/in.input_ids`);
  const [batch = 1, length = 0] = ids.shape;
  const outputs = await runEager(program, params, {
    ids: { data: ids.data, shape: ids.shape, dtype: 'int32' },
    positions: positionRows(batch, length),
    bias: causalBias(batch, length, mask),
  });
  return { logits: outputs['logits']!, outputs };
}

async function runEmbeds({ io, sizes, params, check }: LlamaCase): Promise<void> {
  const embeddings = io.floats('embeds/in.inputs_embeds');
  const [batch = 1, length = 0] = embeddings.shape;
  const outputs = await runEager(llamaEmbeddingsProgram(sizes), params, {
    embeddings: { ...embeddings, dtype: 'float32' },
    positions: positionRows(batch, length),
    bias: causalBias(batch, length),
  });
  check.close('embeds/out.last_hidden_state', outputs[`state.${sizes.layers}`]!);
  check.close('embeds/out.logits', outputs['logits']!);
}

/** Every row of the batch is a sequence of its own: the prompt at once, then one token a step over the cache. */
async function runDecode({ io, sizes, params, check }: LlamaCase, prefill: number): Promise<void> {
  const ids = io.ints('decode/in.input_ids');
  const logits: number[] = [];
  const runs: CachedRun[] = [];
  for (const row of rowsOf(ids.data, ids.shape[1]!)) {
    const cached = await startCachedRun(row.slice(0, prefill), { sizes, params, room: row.length - prefill });
    logits.push(...cached.promptLogits);
    for (const id of row.slice(prefill)) logits.push(...(await cached.read(id)));
    runs.push(cached);
  }
  check.close('decode/out.logits', { data: logits });
  for (let layer = 0; layer < sizes.layers; layer++) {
    check.close(`decode/out.past.${layer}.key`, { data: runs.flatMap((cached) => [...cached.keys(layer)]) });
    check.close(`decode/out.past.${layer}.value`, { data: runs.flatMap((cached) => [...cached.values(layer)]) });
  }
}

async function runGreedy({ io, sizes, params, check }: LlamaCase, steps: number): Promise<void> {
  const ids = [...io.ints('greedy/in.prompt_ids').data];
  const cached = await startCachedRun([...ids], { sizes, params, room: steps });
  let logits: Float32Array = cached.promptLogits.slice(-sizes.vocabularySize);
  for (let step = 0; step < steps; step++) {
    const { id } = chooseToken(logits, { temperature: 0, topP: 1, uniform: 0 });
    ids.push(id);
    if (step + 1 < steps) logits = await cached.read(id);
  }
  check.exact('greedy/out.ids', { data: ids });
}
