// Tells stripes that run across, down or aslant: a small convolutional classifier, trained, compiled, run eagerly too.
import { adamw, compile, compileTrainStep, defineProgram, float32Value, initParams } from '@sim4seg/compute';
import { int32Value, ops, runEager } from '@sim4seg/compute';

const program = defineProgram({
  name: 'classifier',
  params: { fine: [8, 1, 3, 3], wide: [16, 8, 3, 3], scale: { dims: [16], init: 'ones' }, shift: [16], head: [3, 16] },
  inputs: { image: ['batch', 1, 16, 16] },
  outputs: { logits: ['batch', 3] },
  run: (p, { image }) => {
    const fine = ops.relu(ops.conv2d(image, p.fine, { pad: 1 })); // [batch, 8, 16, 16]
    const wide = ops.conv2d(fine, p.wide, { pad: 1, stride: 2 }); // [batch, 16, 8, 8]
    const maps = ops.relu(ops.groupNorm(wide, p.scale, p.shift, 4, 1e-5));
    return { logits: ops.linear(ops.mean(maps, [2, 3]), p.head) };
  },
});

const along = [(x: number) => x, (_: number, y: number) => y, (x: number, y: number) => x + y];
const pixel = (n: number, i: number) => Math.sin(1.2 * (along[n % 3]?.(i % 16, i >> 4) ?? 0) + n * n);
const pictures = (from: number) =>
  float32Value(
    Float32Array.from({ length: 24 * 256 }, (_, i) => pixel(from + (i >> 8), i & 255)),
    [24, 1, 16, 16],
  );
const labels = int32Value(
  Int32Array.from({ length: 24 }, (_, n) => n % 3),
  [24],
);

const step = await compileTrainStep({
  program,
  targets: { labels: { dims: ['batch'], dtype: 'int32' } },
  loss: ({ logits }, inputs) => ops.crossEntropy(logits, inputs.labels),
  optimizer: adamw(),
  dims: { batch: 24 },
});
step.init(initParams(program.params, 1));
const train = (n: number) => step.step({ image: pictures(24 * n), labels }, { lr: 0.01, step: n });
export const first = await train(1);
for (let n = 2; n < 60; n += 1) await train(n);
export const last = await train(60);

const [weights, unseen] = [step.params(), { image: pictures(9000) }];
await using session = await compile(program, { weights });
export const compiled = (await session.run(unseen)).logits;
export const eager = (await runEager(program, weights, unseen)).logits;
export const right = labels.data.filter(
  (label, n) => compiled.data[3 * n + label] === Math.max(...compiled.data.slice(3 * n, 3 * n + 3)),
);
console.log(
  `loss ${first.loss.toFixed(3)} -> ${last.loss.toFixed(3)}; ${right.length} of 24 new pictures are told right`,
);
await step.release();
