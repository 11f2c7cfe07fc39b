// Counts on in steps: a two-layer transformer that foretells the next token, trained, compiled, run eagerly too.
import { adamw, compile, compileTrainStep, defineProgram, initParams, int32Value } from '@sim4seg/compute';
import { ops, prefixSpecs, runEager, scopeParams } from '@sim4seg/compute';
import type { Named, Tensor } from '@sim4seg/compute';

const gain = { dims: [32], init: 'ones' } as const;
const layer = {
  before: gain,
  q: [32, 32],
  k: [32, 32],
  v: [32, 32],
  out: [32, 32],
  after: gain,
  up: [64, 32],
  down: [32, 64],
} as const;

const heads = (x: Tensor) => ops.transpose(ops.reshape(x, [-1, 12, 2, 16]), [0, 2, 1, 3]); // [batch, 2, 12, 16]
function block(p: Named<keyof typeof layer>, x: Tensor): Tensor {
  const seen = ops.rmsNorm(x, p.before, 1e-5);
  const [q, k, v] = [heads(ops.linear(seen, p.q)), heads(ops.linear(seen, p.k)), heads(ops.linear(seen, p.v))] as const;
  const mixed = ops.transpose(ops.attention(q, k, v, { scale: 0.25, causal: true }), [0, 2, 1, 3]);
  const attended = ops.add(x, ops.linear(ops.reshape(mixed, [-1, 12, 32]), p.out));
  return ops.add(attended, ops.linear(ops.gelu(ops.linear(ops.rmsNorm(attended, p.after, 1e-5), p.up)), p.down));
}

const program = defineProgram({
  name: 'counter',
  params: { words: [10, 32], places: [12, 32], ...prefixSpecs('one.', layer), ...prefixSpecs('two.', layer) },
  inputs: { ids: { dims: ['batch', 12], dtype: 'int32' } },
  outputs: { logits: ['batch', 12, 10] },
  run: (p, { ids }) => {
    const start = ops.add(ops.embedding(p.words, ids), p.places); // [batch, 12, 32]
    const end = block(scopeParams(p, 'two.'), block(scopeParams(p, 'one.'), start));
    return { logits: ops.linear(end, p.words) }; // [batch, 12, 10]
  },
});

/** Row n counts from n in steps of 1 to 4, modulo 10; labels are the ids one place on. */
const counted = (from: number, ahead: number) =>
  int32Value(
    Int32Array.from(
      { length: 16 * 12 },
      (_, i) => (from + ((i / 12) | 0) + ((i % 12) + ahead) * (1 + (((i / 12) | 0) % 4))) % 10,
    ),
    [16, 12],
  );

const step = await compileTrainStep({
  program,
  targets: { next: { dims: ['batch', 12], dtype: 'int32' } },
  loss: ({ logits }, { next }) => ops.crossEntropy(ops.reshape(logits, [-1, 10]), ops.reshape(next, [-1])),
  optimizer: adamw(),
  clip: 1,
  dims: { batch: 16 },
});
step.init(initParams(program.params, 1));
const train = (n: number) => step.step({ ids: counted(n, 0), next: counted(n, 1) }, { lr: 0.01, step: n });
export const first = await train(1);
for (let n = 2; n < 60; n += 1) await train(n);
export const last = await train(60);

const [weights, inputs] = [step.params(), { ids: counted(3, 0) }];
await using session = await compile(program, { weights });
export const compiled = (await session.run(inputs)).logits;
export const eager = (await runEager(program, weights, inputs)).logits;
console.log(`loss ${first.loss.toFixed(3)} -> ${last.loss.toFixed(3)}`);
await step.release();
