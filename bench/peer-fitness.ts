// Whether PyTorch is at its best on this machine: with a poor BLAS it would be a peer that is easy to beat.
import { availableParallelism } from 'node:os';
import { compile, defineProgram, float32Value, ops } from '@sim4seg/compute';

/** Share of ONNX Runtime's GFLOPS below which the peer's figures say nothing. */
export const FIT_SHARE = 0.7;
const SIDE = 1024;
/** Products of one run, so that handing matrices over does not count. */
const CHAIN = 4;
const RUNS = 4;
/** Measured again where a disturbance may have hit one side; the best of each side counts. */
const ATTEMPTS = 3;

/** What a PyTorch script says about itself. */
export interface PeerFacts {
  readonly torch: string;
  readonly blas: string;
  readonly threads: number;
  /** Of a product of two float32 matrices 1024 x 1024. */
  readonly gflops: number;
}

export interface Measures {
  readonly peer: () => Promise<PeerFacts>;
  readonly ours: () => Promise<number>;
}

export interface Fitness {
  readonly facts: PeerFacts;
  readonly ortGflops: number;
  /** Why the peer may not be reported; null where it may. */
  readonly refusal: string | null;
}

const chain = defineProgram({
  name: 'fitness',
  params: { w: { dims: [SIDE, SIDE] } },
  inputs: { x: { dims: [SIDE, SIDE], dtype: 'float32' } },
  outputs: { y: { dims: [SIDE, SIDE], dtype: 'float32' } },
  run: ({ w }, { x }) => {
    let y = x!;
    for (let i = 0; i < CHAIN; i++) y = ops.matMul(y, w!);
    return { y };
  },
});

/** GFLOPS of a 1024-cubed float32 product in ONNX Runtime with all cores; the best of a few runs. */
export async function measureOrtGflops(): Promise<number> {
  const matrix = (scale: number) =>
    float32Value(
      Float32Array.from({ length: SIDE ** 2 }, (_, i) => scale * Math.sin(i * 0.7)),
      [SIDE, SIDE],
    );
  await using session = await compile(chain, { threads: availableParallelism() });
  // A factor of variance 1 / side keeps the values of a chain in range.
  const [params, inputs] = [{ w: matrix(Math.sqrt(2 / SIDE)) }, { x: matrix(1) }];
  let best = Infinity;
  for (let run = 0; run < RUNS; run++) {
    const started = performance.now();
    await session.run(params, inputs);
    best = Math.min(best, performance.now() - started);
  }
  return (CHAIN * 2 * SIDE ** 3) / best / 1e6;
}

/** Measures both sides in turn until the peer is seen at its best, at most three times. */
export async function judgePeer({ peer, ours }: Measures): Promise<Fitness> {
  let facts = await peer();
  let ortGflops = await ours();
  for (let attempt = 1; attempt < ATTEMPTS && facts.gflops < FIT_SHARE * ortGflops; attempt++) {
    const again = await peer();
    if (again.gflops > facts.gflops) facts = again;
    ortGflops = Math.max(ortGflops, await ours());
  }
  const share = facts.gflops / ortGflops;
  return { facts, ortGflops, refusal: share >= FIT_SHARE ? null : refusalOf(facts, ortGflops) };
}

function refusalOf({ blas, gflops, threads }: PeerFacts, ortGflops: number): string {
  return (
    `PyTorch is not at its best: ${gflops.toFixed(0)} GFLOPS of a ${SIDE}-cubed product with ${threads} threads and ` +
    `${blas || 'no BLAS'}, ONNX Runtime ${ortGflops.toFixed(0)}; at least ${FIT_SHARE} of it is needed. ` +
    'Install libopenblas0-pthread, leave OPENBLAS_CORETYPE and OPENBLAS_L2_SIZE unset, and let nothing else run'
  );
}
