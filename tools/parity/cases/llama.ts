import { chooseToken, llamaEmbeddingsProgram, llamaProgram } from '@sim4seg/backbones';
import type { LlamaSizes } from '@sim4seg/backbones';
import type { Program, TensorValue } from '@sim4seg/compute';
import type { ReferenceCase } from '@sim4seg/testing';
import type { CaseRunner, Checker, Computed } from '../checker.js';
import type { Engine } from '../engines.js';
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
  readonly engine: Engine;
}

export const run: CaseRunner = async ({ io, config, weights }, check, engines) => {
  const sizes = sizesOf(config['model'] as Record<string, number>);
  const params = paramsByKey(llamaProgram(sizes).params, weights);
  for (const engine of engines) {
    const llama: LlamaCase = { io, sizes, params, check, engine };
    await runFull(llama);
    await runPadded(llama);
    await runEmbeds(llama);
    await runDecode(llama, config['prefill'] as number);
    await runGreedy(llama, config['max_new_tokens'] as number);
  }
};

/** Compares a value of the running engine. */
function close({ check, engine }: LlamaCase, name: string, computed: Computed): void {
  check.close(name, { ...computed, engine: engine.name });
}

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

async function runFull(llama: LlamaCase): Promise<void> {
  const { io, sizes, params } = llama;
  const { logits, outputs } = await forward(llama, 'full', { program: llamaProgram(sizes), params });
  for (let n = 0; n <= sizes.layers; n++) close(llama, `full/out.hidden_states.${n}`, outputs[`state.${n}`]!);
  close(llama, 'full/out.logits', logits);
  close(llama, 'full/out.loss', { data: [shiftedLoss(logits, io.ints('full/in.labels').data)] });
}

/** Rows of padding mean nothing: there the reference's own values are compared with themselves. */
async function runPadded(llama: LlamaCase): Promise<void> {
  const { io, sizes, params } = llama;
  const mask = io.ints('padded/in.attention_mask').data;
  const { logits, outputs } = await forward(llama, 'padded', { program: llamaProgram(sizes), params, mask });
  const real = (name: string, { data, shape }: TensorValue): void => {
    const width = shape[2]!;
    const reference = io.floats(name).data;
    const merged = reference.map((value, i) => (mask[Math.floor(i / width)] ? (data[i] as number) : value));
    close(llama, name, { data: merged, shape });
  };
  real('padded/out.last_hidden_state', outputs[`state.${sizes.layers}`]!);
  real('padded/out.logits', logits);
  close(llama, 'padded/out.loss', { data: [shiftedLoss(logits, io.ints('padded/in.labels').data)] });
}

async function forward(
  { io, engine }: LlamaCase,
  name: string,
  { program, params, mask }: { program: Program; params: Values; mask?: Int32Array },
): Promise<{ logits: TensorValue; outputs: Values }> {
  const ids = io.ints(`${name}/in.input_ids`);
  const [batch = 1, length = 0] = ids.shape;
  const outputs = await engine.run(program, params, {
    ids: { data: ids.data, shape: ids.shape, dtype: 'int32' },
    positions: positionRows(batch, length),
    bias: causalBias(batch, length, mask),
  });
  return { logits: outputs['logits']!, outputs };
}

async function runEmbeds(llama: LlamaCase): Promise<void> {
  const { io, sizes, params, engine } = llama;
  const embeddings = io.floats('embeds/in.inputs_embeds');
  const [batch = 1, length = 0] = embeddings.shape;
  const outputs = await engine.run(llamaEmbeddingsProgram(sizes), params, {
    embeddings: { ...embeddings, dtype: 'float32' },
    positions: positionRows(batch, length),
    bias: causalBias(batch, length),
  });
  close(llama, 'embeds/out.last_hidden_state', outputs[`state.${sizes.layers}`]!);
  close(llama, 'embeds/out.logits', outputs['logits']!);
}

/** Every row of the batch is a sequence of its own: the prompt at once, then one token a step over the cache. */
async function runDecode(llama: LlamaCase, prefill: number): Promise<void> {
  const { io, sizes, params, engine } = llama;
  const ids = io.ints('decode/in.input_ids');
  const logits: number[] = [];
  const runs: CachedRun[] = [];
  for (const row of rowsOf(ids.data, ids.shape[1]!)) {
    const cached = await startCachedRun(row.slice(0, prefill), { engine, sizes, params, room: row.length - prefill });
    logits.push(...cached.promptLogits);
    for (const id of row.slice(prefill)) logits.push(...(await cached.read(id)));
    runs.push(cached);
  }
  close(llama, 'decode/out.logits', { data: logits });
  for (let layer = 0; layer < sizes.layers; layer++) {
    close(llama, `decode/out.past.${layer}.key`, { data: runs.flatMap((cached) => [...cached.keys(layer)]) });
    close(llama, `decode/out.past.${layer}.value`, { data: runs.flatMap((cached) => [...cached.values(layer)]) });
  }
}

async function runGreedy(llama: LlamaCase, steps: number): Promise<void> {
  const { io, sizes, params, check, engine } = llama;
  const ids = [...io.ints('greedy/in.prompt_ids').data];
  const cached = await startCachedRun([...ids], { engine, sizes, params, room: steps });
  let logits: Float32Array = cached.promptLogits.slice(-sizes.vocabularySize);
  for (let step = 0; step < steps; step++) {
    const { id } = chooseToken(logits, { temperature: 0, topP: 1, uniform: 0 });
    ids.push(id);
    if (step + 1 < steps) logits = await cached.read(id);
  }
  check.exact('greedy/out.ids', { data: ids, engine: engine.name });
}
