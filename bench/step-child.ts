// Our side of a training-step bench in a process of its own, so that its memory is its own. Answers the commands that
// bench/peers/train_step.py answers, one JSON line each:
//   {"load": weights, "config": {...}}  {"step": batch, "lr": rate}  {"dump": file}
import { createInterface } from 'node:readline';
import { compileTrainStep, createTrainStep } from '@sim4seg/compute';
import type { OrtSessionOptions, TensorValue, TrainStep } from '@sim4seg/compute';
import { readSafetensorsFile, writeSafetensorsFile } from '@sim4seg/compute/node';
import { stepModel } from './models/step-models.js';
import type { ModelChoice } from './models/step-models.js';

export interface ChildConfig extends ModelChoice {
  readonly threads: number;
  /** A back end of tfjs instead of the compiled step. */
  readonly backend?: string;
  readonly session?: OrtSessionOptions;
}

type Values = Record<string, TensorValue>;

interface Command {
  readonly load?: string;
  readonly config?: ChildConfig;
  readonly step?: string;
  readonly lr?: number;
  readonly dump?: string;
}

let step: TrainStep | null = null;
let count = 0;

async function load(path: string, config: ChildConfig): Promise<object> {
  const { threads, backend, session } = config;
  const options = { ...stepModel(config).options, threads, ...(session && { session }) };
  const started = performance.now();
  step = backend ? await createTrainStep({ ...options, engine: 'eager', backend }) : await compileTrainStep(options);
  const ms = performance.now() - started;
  step.init((await readSafetensorsFile(path)).tensors as Values);
  return { ms };
}

async function run(path: string, lr: number): Promise<object> {
  const batch = (await readSafetensorsFile(path)).tensors as Values;
  const cpu = process.cpuUsage();
  const started = performance.now();
  const { loss, gradNorm } = await step!.step(batch, { lr, step: (count += 1) });
  const ms = performance.now() - started;
  const { user, system } = process.cpuUsage(cpu);
  return { ms, loss, gradNorm, cpuMs: (user + system) / 1000, peakRssMb: process.resourceUsage().maxRSS / 1024 };
}

async function answer({ load: weights, config, step: batch, lr, dump }: Command): Promise<object> {
  if (weights) return load(weights, config!);
  if (batch) return run(batch, lr!);
  const params = Object.entries(step!.state()).filter(([name]) => name.startsWith('param/'));
  const named = params.map(([name, value]) => [name.slice('param/'.length), value] as const);
  await writeSafetensorsFile(dump!, Object.fromEntries(named));
  return { ok: true };
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line) as Command))}\n`);
}
