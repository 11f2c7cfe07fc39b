// The training step of a residual convolutional trunk, against the same step in PyTorch.
import { benchOptions, report } from './harness.js';
import { contest, memoryRatio, torchStep } from './step-contest.js';

const { rounds, json } = benchOptions({ rounds: 9 });
const choice = { model: 'conv', batch: 8 } as const;
const row = await contest({ name: 'train-step-conv/b8', choice, rounds, peer: torchStep(choice) });
const memory = memoryRatio(row);
if (memory !== null) console.log(`${row.name}: peak memory ${memory.toFixed(2)} x the peer's`);
report([row], json);
