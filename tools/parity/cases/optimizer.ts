import { compileTrainStep, ops, type Specs, type Tensor } from '@sim4seg/compute';
import type { ReferenceTensors } from '@sim4seg/testing';
import type { CaseRunner, Checker } from '../checker.js';
import { valueOf, type Values } from '../run-program.js';

interface Settings {
  readonly weight_decay: number;
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly grad_clip: number;
}

/** A loss whose gradient by each parameter is the gradient that the case gives. */
function lossOf(count: number) {
  return (params: Record<string, Tensor>, inputs: Record<string, Tensor>) => {
    const terms = Array.from({ length: count }, (_, n) =>
      ops.sum(ops.mul(params[`param${n}`] as Tensor, inputs[`grad${n}`] as Tensor)),
    );
    return { loss: terms.reduce((sum, term) => ops.add(sum, term)) };
  };
}

const specsOf = (values: Values): Specs =>
  Object.fromEntries(Object.entries(values).map(([name, { shape }]) => [name, { dims: shape }]));

/** Gradients of one step, by input name. */
function gradientsOf(io: ReferenceTensors, step: number, count: number): Values {
  return Object.fromEntries(
    Array.from({ length: count }, (_, n) => [`grad${n}`, valueOf(io, `${step}/in.grad${n}`)] as const),
  );
}

function checkState(check: Checker, state: Values, step: number, count: number): void {
  for (let n = 0; n < count; n++) {
    const stored = { param: `out.param${n}`, m: `mid.exp_avg${n}`, v: `mid.exp_avg_sq${n}` };
    for (const [kind, name] of Object.entries(stored)) {
      const value = state[`${kind}/param${n}`];
      if (value) check.close(`${step}/${name}`, { data: value.data.slice(), shape: value.shape });
    }
  }
}

export const run: CaseRunner = async ({ io, config }, check) => {
  const { weight_decay: weightDecay, betas, eps, grad_clip: clip } = config as unknown as Settings;
  const names = io.names.filter((name) => /^in\.param/.test(name)).map((name) => name.slice('in.'.length));
  const params = Object.fromEntries(names.map((name) => [name, valueOf(io, `in.${name}`)] as const));
  const count = names.filter((name) => /^param\d+$/.test(name)).length;
  const step = await compileTrainStep({
    name: 'optimizer',
    params: specsOf(params),
    inputs: specsOf(gradientsOf(io, 0, count)),
    loss: lossOf(count),
    trainable: () => true,
    weightDecay: () => true,
    optimizer: { kind: 'adamw', beta1: betas[0], beta2: betas[1], eps, weightDecay },
    clip,
    allowUnused: true,
  });
  step.init(params);
  const norms: number[] = [];
  for (const [i, lr] of [...(io.take('in.lrs').data as Float64Array)].entries()) {
    const { gradNorm = NaN } = await step.step(gradientsOf(io, i, count), { lr, step: i + 1 });
    norms.push(gradNorm);
    checkState(check, step.state(), i, count);
  }
  check.close('out.grad_norms', { data: norms });
  const untouched = step.state()['param/param_without_gradient'];
  if (untouched) check.exact('out.param_without_gradient', untouched);
  await step.release();
};
