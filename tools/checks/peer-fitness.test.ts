import { describe, expect, it } from 'vitest';
import { judgePeer } from '../../bench/peer-fitness.js';

/** Measures that answer one number after the other, the last one for ever. */
const series = (values: number[]) => {
  let at = 0;
  return async (): Promise<number> => values[Math.min(at++, values.length - 1)]!;
};

const judge = (peer: number[], ours: number[]) => {
  const gflops = series(peer);
  return judgePeer({
    peer: async () => ({ torch: '2', blas: 'libopenblas', threads: 2, gflops: await gflops() }),
    ours: series(ours),
  });
};

describe('the fitness of a peer', () => {
  it('takes PyTorch from 0.7 of the GFLOPS of ONNX Runtime on', async () => {
    expect(await judge([70], [100])).toMatchObject({ refusal: null, ortGflops: 100, facts: { gflops: 70 } });
  });

  it('refuses one that stays below, and says both figures and what to do', async () => {
    const { refusal } = await judge([20], [100]);
    expect(refusal).toMatch(/20 GFLOPS.*ONNX Runtime 100.*libopenblas0-pthread/);
  });

  it('measures again where something disturbed the peer', async () => {
    expect((await judge([30, 90], [100])).refusal).toBeNull();
  });

  it('does not forget the best of ONNX Runtime when it measures again', async () => {
    expect((await judge([60], [100, 40])).refusal).not.toBeNull();
  });
});
