// Learns the sine of a number: a program, its training step, and the compiled program that answers.
import { adamw, compile, compileTrainStep, defineProgram, float32Value, initParams, ops } from '@sim4seg/compute';

const program = defineProgram({
  name: 'sine',
  params: { inner: [32, 1], shift: { dims: [32], init: { normal: 1 } }, outer: [1, 32] },
  inputs: { x: ['batch', 1] },
  outputs: { y: ['batch', 1] },
  run: (p, { x }) => {
    const hidden = ops.gelu(ops.linear(x, p.inner, p.shift)); // [batch, 32]
    return { y: ops.linear(hidden, p.outer) }; // [batch, 1]
  },
});

const step = await compileTrainStep({
  program,
  targets: { wanted: ['batch', 1] },
  loss: ({ y }, { wanted }) => ops.mean(ops.square(ops.sub(y, wanted))),
  optimizer: adamw({ weightDecay: 0 }),
  dims: { batch: 64 },
});
step.init(initParams(program.params, 1));
const x = float32Value(
  Float32Array.from({ length: 64 }, (_, i) => (i - 32) / 10),
  [64, 1],
);
const wanted = float32Value(x.data.map(Math.sin), [64, 1]);
for (let n = 1; n <= 500; n += 1) await step.step({ x, wanted }, { lr: 0.01, step: n });

await using session = await compile(program, { weights: step.params() });
const { y } = await session.run({ x: float32Value(Float32Array.of(-2, 1), [2, 1]) });
console.log(`sine of -2 and 1: ${y.data[0]?.toFixed(2)} and ${y.data[1]?.toFixed(2)}`);
await step.release();
