// The training step of an 8M-parameter vision transformer with a mask decoder, against the same step in PyTorch.
import { benchOptions, report } from './harness.js';
import type { BenchRow } from './harness.js';
import { contest, memoryRatio, torchStep } from './step-contest.js';

const { rounds, json } = benchOptions({ rounds: 9 });
const rows: BenchRow[] = [];
for (const batch of [4, 8]) {
  const choice = { model: 'vit', batch } as const;
  const row = await contest({ name: `train-step/b${batch}`, choice, rounds, peer: torchStep(choice) });
  const memory = memoryRatio(row);
  if (memory !== null) console.log(`${row.name}: peak memory ${memory.toFixed(2)} x the peer's`);
  rows.push(row);
}
report(rows, json);
