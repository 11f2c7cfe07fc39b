// Repeats one kind of work in a process of its own and prints what stays: `leak-run.ts <kind>`, with --expose-gc.
import { readFileSync } from 'node:fs';
import { memory } from '@tensorflow/tfjs-core';
import { compile, defineProgram, initParams, ops, runEager } from '../src/index.js';
import { createRuntime, runtimeOver, type Runtime } from '../src/runtime/create-runtime.js';
import { createProcessTransport } from '../src/runtime/process-transport.js';
import { startSessionProcess } from '../src/runtime/session-process.js';
import { createOrtSession } from '../src/session/ort-session.js';
import type { TensorValue } from '../src/tensor-value.js';
import { linearModel, modelBytes } from './tiny-model.js';

const WARM_UP = 100;
const RUNS = 500;

const SIDE = 192;
const program = defineProgram({
  name: 'leak',
  params: { weight: [SIDE, SIDE] },
  inputs: { x: [SIDE, SIDE] },
  outputs: { y: [SIDE, SIDE] },
  run: (p, { x }) => ({ y: ops.gelu(ops.linear(x, p.weight)) }),
});
const params = initParams(program.params, 1);
const x: TensorValue = { data: new Float32Array(SIDE * SIDE).fill(0.5), shape: [SIDE, SIDE], dtype: 'float32' };

/** Work whose repetition must leave nothing; a seventh of a megabyte goes out at every run. */
const kinds: Readonly<Record<string, () => Promise<() => Promise<unknown>>>> = {
  async run() {
    const session = await compile(program, { weights: params, threads: 1 });
    return () => session.run({ x });
  },
  async load() {
    const model = modelBytes(linearModel(2, 2));
    return async () => {
      await using _session = await createOrtSession(model, { intraOpNumThreads: 1 });
    };
  },
  async eager() {
    const row = { ...x, data: x.data.slice(0, SIDE * 8), shape: [8, SIDE] };
    const small = defineProgram({ ...program, inputs: { x: [8, SIDE] }, outputs: { y: [8, SIDE] } });
    return () => runEager(small, params, { x: row });
  },
  worker: () => elsewhere(createRuntime({ mode: 'worker', threads: 1 })),
  process() {
    const started = startSessionProcess();
    child = started.pid;
    const transport = createProcessTransport({ start: () => started, announce: () => process.exit(1) });
    return elsewhere(runtimeOver(transport, 'process', { threads: 1 }));
  },
};

let child: number | undefined;

async function elsewhere(runtime: Runtime): Promise<() => Promise<unknown>> {
  const model = modelBytes(linearModel(SIDE, SIDE));
  const kept = await runtime.load({ model });
  return async () => {
    await using session = await runtime.load({ model });
    await session.run({ x, w: x });
    await kept.run({ x, w: x });
  };
}

const settledRssMb = async (): Promise<number> => {
  for (let i = 0; i < 3; i += 1) {
    await new Promise((done) => setTimeout(done, 20));
    gc?.();
  }
  return process.memoryUsage().rss / 2 ** 20 + childRssMb();
};

/** Memory of the session process, where the system tells it. */
function childRssMb(): number {
  const status =
    child === undefined || process.platform !== 'linux' ? '' : readFileSync(`/proc/${child}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 2 ** 10;
}

const repeat = async (work: () => Promise<unknown>, times: number): Promise<void> => {
  for (let i = 0; i < times; i += 1) await work();
};

const work = await (kinds[process.argv[2] ?? ''] as () => Promise<() => Promise<unknown>>)();
await repeat(work, WARM_UP);
const before = { rssMb: await settledRssMb(), tensors: memory().numTensors, buffers: memory().numDataBuffers };
await repeat(work, RUNS);
const after = { rssMb: await settledRssMb(), tensors: memory().numTensors, buffers: memory().numDataBuffers };
process.stdout.write(`${JSON.stringify({ before, after })}\n`);
process.exit(0);
