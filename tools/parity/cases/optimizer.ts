import { ops, type Specs, type Tensor, type TrainStepOptions } from '@sim4seg/compute';
import type { ReferenceTensors } from '@sim4seg/testing';
import type { CaseRunner, Checker } from '../checker.js';
import type { Values } from '../engines.js';
import { valueOf } from '../run-program.js';

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

function checkState(check: Checker, state: Values, at: { readonly step: number; readonly engine: string }): void {
  const kinds = { param: 'out.param', m: 'mid.exp_avg', v: 'mid.exp_avg_sq' };
  for (const [name, { data, shape }] of Object.entries(state)) {
    const [, kind, n] = /^(param|m|v)\/param(\d+)$/.exec(name) ?? [];
    if (!kind) continue;
    const stored = kinds[kind as keyof typeof kinds] + n;
    check.close(`${at.step}/${stored}`, { data: data.slice(), shape, engine: at.engine });
  }
}

function stepOptions(params: Values, gradients: Values, settings: Settings): TrainStepOptions {
  const { weight_decay: weightDecay, betas, eps, grad_clip: clip } = settings;
  return {
    name: 'optimizer',
    params: specsOf(params),
    inputs: specsOf(gradients),
    loss: lossOf(Object.keys(gradients).length),
    trainable: () => true,
    weightDecay: () => true,
    optimizer: { kind: 'adamw', beta1: betas[0], beta2: betas[1], eps, weightDecay },
    clip,
    allowUnused: true,
  };
}

export const run: CaseRunner = async ({ io, config }, check, engines) => {
  const names = io.names.filter((name) => /^in\.param/.test(name)).map((name) => name.slice('in.'.length));
  const params = Object.fromEntries(names.map((name) => [name, valueOf(io, `in.${name}`)] as const));
  const count = names.filter((name) => /^param\d+$/.test(name)).length;
  const options = stepOptions(params, gradientsOf(io, 0, count), config as unknown as Settings);
  for (const engine of engines) {
    const step = await engine.trainStep(options);
    step.init(params);
    const norms: number[] = [];
    for (const [i, lr] of [...(io.take('in.lrs').data as Float64Array)].entries()) {
      const { gradNorm = NaN } = await step.step(gradientsOf(io, i, count), { lr, step: i + 1 });
      norms.push(gradNorm);
      checkState(check, step.state(), { step: i, engine: engine.name });
    }
    check.close('out.grad_norms', { data: norms, engine: engine.name });
    const untouched = step.state()['param/param_without_gradient'];
    if (untouched) check.exact('out.param_without_gradient', { ...untouched, engine: engine.name });
    await step.release();
  }
};
