import { initParams, runEager, toFloat32 } from '@sim4seg/compute';
import type { TensorValue } from '@sim4seg/compute';
import { expectClose, fixtureFolder, loadReferenceCase } from '@sim4seg/testing';
import { describe, it } from 'vitest';
import { HIDDEN_BIAS } from './cache.js';
import { llamaEmbeddingsProgram } from './programs.js';

describe('LLaMA beside the official one', () => {
  it('computes the first layer of a grouped-query model', async () => {
    const { io, weights } = await loadReferenceCase(fixtureFolder('llama/layer0'));
    const program = llamaEmbeddingsProgram({
      vocabularySize: 4,
      hiddenSize: 64,
      intermediateSize: 176,
      layers: 2,
      heads: 4,
      keyValueHeads: 2,
      rmsNormEps: 1e-6,
      ropeTheta: 10_000,
    });
    const params: Record<string, TensorValue> = { ...initParams(program.params, 1) };
    for (const [name, { key, dims }] of Object.entries(program.params)) {
      const stored = weights[key!];
      if (stored) params[name] = { data: toFloat32(stored), shape: dims as number[], dtype: 'float32' };
    }
    const embeddings = io.floats('full/out.hidden_states.0');
    const [batch = 0, length = 0] = embeddings.shape;
    const bias = Float32Array.from({ length: batch * length * length }, (_, i) =>
      i % length > Math.floor(i / length) % length ? HIDDEN_BIAS : 0,
    );
    const outputs = await runEager(program, params, {
      embeddings: { ...embeddings, dtype: 'float32' },
      positions: {
        data: Int32Array.from({ length: batch * length }, (_, i) => i % length),
        shape: [batch, length],
        dtype: 'int32',
      },
      bias: { data: bias, shape: [batch, 1, length, length], dtype: 'float32' },
    });
    const tolerance = { atol: 2e-5, rtol: 2e-5 };
    expectClose(
      'stream behind layer 0',
      outputs['state.1']!.data,
      io.floats('full/out.hidden_states.1').data,
      tolerance,
    );
  });
});
