import { compile, compileTrainStep, kernelRuns, runEager } from '@sim4seg/compute';
import type { TensorValue } from '@sim4seg/compute';
import { probe, probeDims, probeInputs, probeParams, probeStep } from './probe.js';

type Numbers = Readonly<Record<string, readonly number[]>>;

const toNumbers = (values: Readonly<Record<string, TensorValue>>): Numbers =>
  Object.fromEntries(Object.entries(values).map(([name, { data }]) => [name, [...data]]));

/** What the test calls in the page. */
const probePage = {
  async compiled(target: 'cpu' | 'webgpu', wasmFiles?: string): Promise<Numbers & { kernels: readonly number[] }> {
    const session = { wasmFiles };
    await using opened = await compile(probe, { dims: probeDims, weights: probeParams, target, session });
    const before = kernelRuns();
    const numbers = toNumbers(await opened.run(probeInputs));
    return { ...numbers, kernels: [kernelRuns() - before] };
  },
  /** Losses of three steps, and the head's weights after them. */
  async trained(): Promise<Numbers> {
    const step = await compileTrainStep(probeStep);
    step.init(probeParams);
    const losses: number[] = [];
    for (let n = 1; n <= 3; n += 1) losses.push((await step.step(probeInputs, { lr: 0.01, step: n })).loss);
    const { head } = step.params();
    await step.release();
    return { losses, head: [...(head as TensorValue).data] };
  },
  async eager(backend: string, wasmFiles?: string): Promise<Numbers> {
    return toNumbers(await runEager(probe, probeParams, probeInputs, { backend, wasmFiles }));
  },
  /** Name of the adapter for WebGPU, or null where there is none. */
  async adapter(): Promise<string | null> {
    const { gpu } = navigator as unknown as {
      gpu?: { requestAdapter(): Promise<{ info?: { device?: string } } | null> };
    };
    const found = await gpu?.requestAdapter();
    return found ? (found.info?.device ?? 'unnamed') : null;
  },
};

export type ProbePage = typeof probePage;

Object.assign(globalThis, { probePage });
