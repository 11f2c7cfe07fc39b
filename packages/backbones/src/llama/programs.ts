import { defineProgram, ops } from '@sim4seg/compute';
import type { Program, Specs } from '@sim4seg/compute';
import { decodeInputs, decodeOutputs, decodeStep } from './decode-step.js';
import { llamaParams } from './params.js';
import { prefixOutputs, prefixTensors } from './prefill.js';
import { runSequence } from './run-sequence.js';
import { linearsOf } from './linear-layers.js';
import type { LlamaForm } from './linear-layers.js';

/**
 * LLaMA over token ids with every hidden state: `ids`, `positions` int32[batch,length], `bias`
 * float32[batch,1,length,length] -> `logits` float32[batch,length,V], `state.<n>` float32[batch,length,D]
 * (0 the embeddings, n what layer n leaves, the last one after the final norm).
 */
export function llamaProgram(sizes: LlamaForm): Program {
  const stateDims = { dims: ['batch', 'length', sizes.hiddenSize] };
  const states = Array.from({ length: sizes.layers + 1 }, (_, n) => [`state.${n}`, stateDims] as const);
  return defineProgram({
    name: 'llama',
    params: llamaParams(sizes),
    inputs: {
      ids: { dtype: 'int32', dims: ['batch', 'length'] },
      positions: { dtype: 'int32', dims: ['batch', 'length'] },
      bias: { dims: ['batch', 1, 'length', 'length'] },
    },
    outputs: { logits: { dims: ['batch', 'length', sizes.vocabularySize] }, ...Object.fromEntries(states) },
    run: (p, { ids, positions, bias }) => {
      const embeddings = ops.embedding(p['embed_tokens.weight']!, ids!);
      return withStates(p, { embeddings, positions: positions!, bias: bias! }, sizes);
    },
  });
}

/** As {@link llamaProgram}, on given `embeddings` float32[batch,length,D] instead of ids. */
export function llamaEmbeddingsProgram(sizes: LlamaForm): Program {
  const { inputs, params, outputs } = llamaProgram(sizes);
  const { ids: _, ...others } = inputs;
  const withEmbeddings: Specs = { ...others, embeddings: { dims: ['batch', 'length', sizes.hiddenSize] } };
  return defineProgram({
    name: 'llama-embeddings',
    params,
    inputs: withEmbeddings,
    outputs,
    run: (p, { embeddings, positions, bias }) =>
      withStates(p, { embeddings: embeddings!, positions: positions!, bias: bias! }, sizes),
  });
}

/** `ids`, `positions` int32[1,prefix], `bias` float32[1,1,prefix,prefix] -> the prefix cache. */
export function llamaPrefillProgram(sizes: LlamaForm): Program {
  return defineProgram({
    name: 'llama-prefill',
    params: llamaParams(sizes),
    inputs: {
      ids: { dtype: 'int32', dims: [1, 'prefix'] },
      positions: { dtype: 'int32', dims: [1, 'prefix'] },
      bias: { dims: [1, 1, 'prefix', 'prefix'] },
    },
    outputs: prefixOutputs(sizes, 'prefix'),
    run: (p, { ids, positions, bias }) => {
      const embeddings = ops.embedding(p['embed_tokens.weight']!, ids!);
      return prefixTensors(runSequence(p, { embeddings, positions: positions!, bias: bias! }, sizes));
    },
  });
}

/** {@link decodeStep} as a program with free sizes. */
export function llamaDecodeProgram(sizes: LlamaForm): Program {
  const dims = { paths: 'paths', prefix: 'prefix', suffix: 'suffix', keys: 'keys' };
  return defineProgram({
    name: 'llama-decode',
    params: llamaParams(sizes),
    inputs: decodeInputs(sizes, dims),
    outputs: decodeOutputs(sizes, dims),
    run: (p, inputs) => decodeStep(p, inputs, sizes),
  });
}

function withStates(
  p: Parameters<Program['run']>[0],
  input: Parameters<typeof runSequence>[1],
  sizes: LlamaForm,
): ReturnType<Program['run']> {
  const { hidden, streams } = runSequence(p, input, sizes);
  const states = [...streams, hidden].map((state, n) => [`state.${n}`, state] as const);
  return { logits: linearsOf(sizes).apply(p, 'lm_head', hidden), ...Object.fromEntries(states) };
}
