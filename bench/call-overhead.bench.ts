// One compiled call with ten small tensors, minus a bare run of the same graph in onnxruntime-node; under 0.2 ms.
import { createRequire } from 'node:module';
import { compile, defineProgram, ops } from '@sim4seg/compute';
import type { TensorValue } from '@sim4seg/compute';
import { createRuntime } from '@sim4seg/compute/runtime';
import type { RuntimeMode } from '@sim4seg/compute/runtime';
import { benchOptions, compete, report } from './harness.js';
import type { BenchRow } from './harness.js';

const TENSORS = 10;
const LENGTH = 16;
/** Calls of a round: long enough for the clock, short enough to fit between two turns of the scheduler. */
const CALLS = 50;
const NAMES = Array.from({ length: TENSORS }, (_, i) => `x${i}`);

const program = defineProgram({
  name: 'sum-of-ten',
  inputs: Object.fromEntries(NAMES.map((name) => [name, { dims: [LENGTH] }])),
  outputs: { y: [LENGTH] },
  run: (_, inputs) => ({ y: NAMES.map((name) => inputs[name]!).reduce((sum, x) => ops.add(sum, x)) }),
});

/** The inputs of a round; another round has others. */
function valuesOf(round: number): Record<string, TensorValue> {
  const value = (i: number): TensorValue => ({
    data: Float32Array.from({ length: LENGTH }, (_, k) => Math.sin(round + i + k)),
    shape: [LENGTH],
    dtype: 'float32',
  });
  return Object.fromEntries(NAMES.map((name, i) => [name, value(i)]));
}

type Call = (inputs: Record<string, TensorValue>) => Promise<Float32Array>;

/** ms a call. */
async function timed(call: Call, round: number): Promise<number> {
  const inputs = valuesOf(round);
  const started = performance.now();
  for (let i = 0; i < CALLS; i += 1) await call(inputs);
  return (performance.now() - started) / CALLS;
}

interface BareOrt {
  readonly Tensor: new (type: string, data: unknown, dims: readonly number[]) => object;
  readonly InferenceSession: {
    create(
      model: Uint8Array,
      options: object,
    ): Promise<{ run(feeds: object): Promise<Record<string, { data: unknown }>>; release(): Promise<void> }>;
  };
}

/** What a caller without this package writes: the same graph, options and tensors. */
async function bareCall(model: Uint8Array): Promise<Call> {
  const ort = createRequire(import.meta.url)('onnxruntime-node') as BareOrt;
  const extra = { session: { intra_op: { allow_spinning: '0' } } };
  const session = await ort.InferenceSession.create(model, { extra, intraOpNumThreads: 1 });
  return async (inputs) => {
    const feeds = Object.fromEntries(
      NAMES.map((name) => [name, new ort.Tensor('float32', inputs[name]!.data, [LENGTH])]),
    );
    return (await session.run(feeds))['y']!.data as Float32Array;
  };
}

async function expectSame(ours: Call, bare: Call): Promise<void> {
  const [a, b] = [await ours(valuesOf(1)), await bare(valuesOf(1))];
  if (a.some((value, i) => Math.abs(value - b[i]!) > 1e-6)) throw new Error('both sides must compute the same');
}

/** Median over rounds of the difference within a round. */
async function overheadRow(name: string, ours: Call, bare: Call, rounds: number): Promise<BenchRow> {
  await expectSame(ours, bare);
  const round = async (n: number) => {
    const [first, second] = n % 2 ? [bare, ours] : [ours, bare];
    const [a, b] = [await timed(first, n), await timed(second, n)];
    return { value: n % 2 ? b - a : a - b };
  };
  return compete(name, { name: 'above onnxruntime-node', round }, { rounds });
}

async function runtimeRow(mode: RuntimeMode, model: Uint8Array, bare: Call, rounds: number): Promise<BenchRow> {
  await using runtime = createRuntime({ mode, threads: 1 });
  const session = await runtime.load({ model });
  const call: Call = async (inputs) => (await session.run(inputs))['y']!.data as Float32Array;
  return await overheadRow(`call-overhead/${mode}`, call, bare, rounds);
}

const { rounds, json } = benchOptions({ rounds: 101 });
await using session = await compile(program, { threads: 1 });
const bare = await bareCall(session.graph.model);
const inProcess: Call = async (inputs) => (await session.run(inputs)).y.data as Float32Array;
const rows = [await overheadRow('call-overhead/in-process', inProcess, bare, rounds)];
report(rows, json);
// Another thread and another process, for information: what a call costs there beside the work.
const { model } = session.graph;
report(
  [await runtimeRow('worker', model, bare, rounds), await runtimeRow('process', model, bare, rounds)],
  json?.replace(/(\.json)?$/, '-elsewhere.json'),
);
