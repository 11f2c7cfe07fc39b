import { compile, kernelRuns, runEager } from '@sim4seg/compute';
import type { TensorValue } from '@sim4seg/compute';
import { probe, probeDims, probeInputs, probeParams } from './probe.js';

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
