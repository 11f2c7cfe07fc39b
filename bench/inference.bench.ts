// Inference of the vision transformer's encoder, against its matrix products alone in onnxruntime-node.
import { availableParallelism } from 'node:os';
import { createRequire } from 'node:module';
import { compile, float32Value, initParams, trace } from '@sim4seg/compute';
import type { Program, TensorValue } from '@sim4seg/compute';
import { profileProgram } from '@sim4seg/compute/node';
import { benchOptions, compete, report } from './harness.js';
import { VIT_8M, vitEncoder } from './models/vit.js';
import { vitProducts } from './models/vit-products.js';

const BATCH = 4;
/** Both sides multiply this nearly alike: the encoder adds the biases. */
const SAME_WORK = 0.01;
const threads = availableParallelism();
const dims = { batch: BATCH };

interface BareOrt {
  readonly Tensor: new (type: string, data: unknown, dims: readonly number[]) => object;
  readonly InferenceSession: {
    create(
      model: Uint8Array,
      options: object,
    ): Promise<{ run(feeds: object): Promise<object>; release(): Promise<void> }>;
  };
}

function inputsOf({ inputs }: Program, seed: number): Record<string, TensorValue> {
  const entries = Object.entries(inputs).map(([name, spec]) => {
    const shape = spec.dims.map((dim) => (dim === 'batch' ? BATCH : Number(dim)));
    const length = shape.reduce((a, b) => a * b, 1);
    return [
      name,
      float32Value(
        Float32Array.from({ length }, (_, i) => Math.sin(i * 0.37 + seed)),
        shape,
      ),
    ] as const;
  });
  return Object.fromEntries(entries);
}

/** GFLOP of a run, counted on the graph that runs. */
async function workOf(program: Program): Promise<number> {
  const { gflops, medianMs } = await profileProgram(program, { dims, rounds: 1, threads });
  return (gflops * medianMs) / 1000;
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await run();
  return performance.now() - started;
}

const { rounds, json } = benchOptions({ rounds: 15 });
const [encoder, products] = [vitEncoder(VIT_8M), vitProducts(VIT_8M)];
const [ourWork, peerWork] = [await workOf(encoder), await workOf(products)];
console.log(`encoder ${ourWork.toFixed(2)} GFLOP, products ${peerWork.toFixed(2)} GFLOP`);
if (Math.abs(ourWork - peerWork) > SAME_WORK * peerWork) throw new Error('these are not the same products');

const session = await compile(encoder, { dims, weights: initParams(encoder.params, 1), threads });
const ort = createRequire(import.meta.url)('onnxruntime-node') as BareOrt;
const { model } = trace(products, { dims, params: { kind: 'values', values: initParams(products.params, 1) } });
const extra = { session: { intra_op: { allow_spinning: '0' } } };
const bare = await ort.InferenceSession.create(model, { intraOpNumThreads: threads, extra });

const row = await compete(
  `inference/b${BATCH}`,
  {
    name: 'sim4seg',
    round: async (n) => {
      const inputs = inputsOf(encoder, n);
      return { value: await timed(() => session.run(inputs)) };
    },
  },
  {
    rounds,
    peer: {
      name: 'onnxruntime-node, products alone',
      round: async (n) => {
        const entries = Object.entries(inputsOf(products, n));
        const feeds = entries.map(([name, { data, shape }]) => [name, new ort.Tensor('float32', data, shape)] as const);
        return { value: await timed(() => bare.run(Object.fromEntries(feeds))) };
      },
    },
  },
);
report([row], json);
await session.release();
await bare.release();
