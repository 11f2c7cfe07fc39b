import { clone, engine, tensor as tfTensor, tidy } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { differentiate } from '../kernel/differentiate.js';
import { expectValue } from '../program/inputs.js';
import type { TensorValues } from '../program/compile.js';
import { activateBackend } from '../program/run-eager.js';
import type { Specs, Tensors } from '../program.js';
import type { TensorValue } from '../tensor-value.js';
import { tfjsType } from '../kernel/tfjs-type.js';
import { bindSpec, PARAM_PREFIX } from '../trace/trace.js';
import { batchesOf, meanOf } from './batches.js';
import type { StepNumbers, StepSchedule, TrainStep } from './contract.js';
import { applyAdamw, globalNorm } from './eager-adamw.js';
import type { ResolvedStep } from './step-options.js';
import { FIRST_PREFIX, SECOND_PREFIX, StepState } from './step-state.js';

interface Differentiated {
  readonly metrics: Readonly<Record<string, number>>;
  readonly gradients: readonly Float32Array[];
}

/** A type, not an interface: tfjs tidies containers with an index signature only. */
type DifferentiatedTensors = { metrics: Tensors; gradients: Tensor[] };

/** Gradients by tfjs on the active back end; parameters and moments stay in plain arrays and are updated there. */
export class EagerStep implements TrainStep {
  readonly #state: StepState;

  constructor(
    private readonly options: ResolvedStep,
    readonly moving: readonly string[],
    private readonly backend: string,
  ) {
    this.#state = new StepState(options, moving);
  }

  get name(): string {
    return this.options.name;
  }

  init(params: TensorValues): void {
    this.#state.init(params);
  }

  load(state: TensorValues): void {
    this.#state.load(state);
  }

  params(): Record<string, TensorValue> {
    return this.#state.params();
  }

  state(): Record<string, TensorValue> {
    return this.#state.all();
  }

  async step(inputs: TensorValues | readonly TensorValues[], schedule: StepSchedule): Promise<StepNumbers> {
    const batches = batchesOf(this.options, inputs);
    const rows: Record<string, number>[] = [];
    const totals = this.moving.map((key) => new Float32Array(this.#state.get(PARAM_PREFIX + key).data.length));
    for (const batch of batches) {
      const { metrics, gradients } = await this.#differentiate(batch);
      rows.push({ ...metrics });
      gradients.forEach((gradient, i) => addScaled(totals[i]!, gradient, 1 / batches.length));
    }
    const metrics = meanOf(rows);
    const gradNorm = globalNorm(totals);
    if (Number.isFinite(gradNorm) && Number.isFinite(metrics['loss'])) this.#update(totals, gradNorm, schedule);
    return { ...metrics, gradNorm } as StepNumbers;
  }

  release(): Promise<void> {
    return Promise.resolve();
  }

  async #differentiate(batch: TensorValues): Promise<Differentiated> {
    await activateBackend(this.backend);
    // Between here and the last read nothing awaits before the tensors exist: another run may switch the back end.
    const { metrics, gradients } = tidy(() => this.#gradientTensors(batch));
    const numbers = async (x: Tensor): Promise<Float32Array> => {
      const data = (await x.data()) as Float32Array;
      x.dispose();
      return data;
    };
    const entries = Object.entries(metrics).map(async ([key, x]) => [key, (await numbers(x))[0]!] as const);
    return {
      gradients: await Promise.all(gradients.map(numbers)),
      metrics: Object.fromEntries(await Promise.all(entries)),
    };
  }

  #gradientTensors(batch: TensorValues): DifferentiatedTensors {
    const { name, params: specs, inputs: declared, dims, loss } = this.options;
    const stored = Object.fromEntries(Object.keys(specs).map((key) => [key, this.#state.get(PARAM_PREFIX + key)]));
    const params = toTensors(name, specs, { values: stored, dims });
    const inputs = toTensors(name, declared, { values: batch, dims });
    const metrics: Tensors = {};
    const forward = (): Tensor => {
      const terms = loss(params, inputs);
      // Kept from the tidying of the forward pass; the caller frees them.
      for (const [key, term] of Object.entries(terms)) metrics[key] = engine().keep(clone(term));
      return terms.loss;
    };
    const moving = this.moving.map((key) => params[key]!);
    try {
      return { metrics, gradients: differentiate(forward, moving).gradients as Tensor[] };
    } catch (error) {
      for (const tensor of Object.values(metrics)) tensor.dispose();
      throw error;
    }
  }

  #update(gradients: readonly Float32Array[], norm: number, { lr, step }: StepSchedule): void {
    const { clip, optimizer, decays, rateScale } = this.options;
    const factor = Math.min(1, clip / (norm + 1e-6));
    this.moving.forEach((key, i) => {
      const [param, m, v] = [PARAM_PREFIX, FIRST_PREFIX, SECOND_PREFIX].map((p) => this.#state.get(p + key).data);
      const update = { lr: lr * rateScale(key), step, factor, decays: decays(key), options: optimizer };
      applyAdamw({ param: param!, m: m!, v: v! }, gradients[i]!, update);
    });
  }
}

function addScaled(total: Float32Array, addend: Float32Array, factor: number): void {
  for (let i = 0; i < total.length; i += 1) total[i]! += addend[i]! * factor;
}

function toTensors(
  where: string,
  specs: Specs,
  { values, dims }: { values: TensorValues; dims: ResolvedStep['dims'] },
): Tensors {
  const entries = Object.entries(specs).map(([key, declared]) => {
    const spec = bindSpec(`${where}.${key}`, declared, dims);
    const { data, shape, dtype } = expectValue(`${where}: ${key}`, values[key], spec);
    // tfjs's cpu back end keeps the array that it is given.
    return [key, tfTensor(data.slice(), [...shape], tfjsType(dtype))] as const;
  });
  return Object.fromEntries(entries);
}
