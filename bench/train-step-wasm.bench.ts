// The compiled training step against the same step operation by operation on tfjs's wasm back end.
import { benchOptions, report } from './harness.js';
import { contest, startStepChild } from './step-contest.js';

// One step of the peer takes most of a minute, and three come before for the comparison of losses.
const { rounds, json } = benchOptions({ rounds: 1 });
const choice = { model: 'vit', batch: 4 } as const;
const peer = {
  name: 'tfjs-wasm',
  open: async () => ({
    side: { process: startStepChild(), config: { ...choice, threads: 1, backend: 'wasm' } },
    missing: null,
  }),
};
report([await contest({ name: 'train-step-wasm/b4', choice, rounds, peer })], json);
