import { officialLearningRate } from '@sim4seg/trainer';
import type { CaseRunner } from '../checker.js';

export const run: CaseRunner = ({ io, config }, check) => {
  const rates = { lr: config['lr'] as number, total: config['total_num_steps'] as number };
  const warmup = config['warmup_num_steps'] as number;
  for (const firstStep of ['full', 'zero'] as const) {
    const name = `first-step-${firstStep}/out.lrs`;
    const steps = io.take(name).shape[0] ?? 0;
    const lrs = Array.from({ length: steps }, (_, step) => officialLearningRate(step, { ...rates, warmup, firstStep }));
    check.close(name, { data: lrs, shape: [steps] });
  }
};
