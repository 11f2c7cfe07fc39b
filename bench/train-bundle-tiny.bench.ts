// The joint training step of the embedded model against the same architecture as plain PyTorch: same weights, batches
// and rates; loss of three steps and the parameters after them agree, or the bench fails.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { llamaTiny } from '@sim4seg/backbones';
import { initParams } from '@sim4seg/compute';
import type { TensorValue, TrainStep } from '@sim4seg/compute';
import { readSafetensorsFile, writeSafetensorsFile } from '@sim4seg/compute/node';
import type { PluginDefinition } from '@sim4seg/core';
import { decoderPlugins } from '@sim4seg/decoders';
import { topCellsPlugin } from '@sim4seg/rvls2m';
import { TRAINING_ENVIRONMENT } from '@sim4seg/trainer';
import { parse } from 'yaml';
import { cellMeanOperator } from '../packages/rvls2m/src/axis/axis-operator.js';
import { PROMPT_LOGIT } from '../packages/rvls2m/src/prompt-logits.js';
import { resolveTraining } from '../packages/trainer/src/config/resolve-training.js';
import type { TrainConfig } from '../packages/trainer/src/config/resolve-training.js';
import { createBatchSource } from '../packages/trainer/src/samples/batch-source.js';
import { AUX_PREFIX, auxSpecs } from '../packages/trainer/src/step/aux-params.js';
import { readModelSizes } from '../packages/trainer/src/step/model-sizes.js';
import { resolveModel } from '../packages/trainer/src/step/model.js';
import { PART_ROLES, partParams, partSpecs, roleOf } from '../packages/trainer/src/step/parts.js';
import { compilePhase, planPhase } from '../packages/trainer/src/step/phase-step.js';
import { inputValues, stepInputs } from '../packages/trainer/src/step/step-inputs.js';
import { benchOptions, compete, report } from './harness.js';
import { openTorchPeer } from './torch-peer.js';
import type { TorchPeer } from './torch-peer.js';

/** Rate of every step; both sides take it as it is. */
const LR = 5e-4;
const AGREEMENT = 1e-3;
const PARAMETER_AGREEMENT = 0.05;
const TOKEN_SIDE = 16;

// The allocator reads its settings when a process starts: with others than the trainer's, start again.
if (!Object.entries(TRAINING_ENVIRONMENT).every(([name, value]) => process.env[name] === value)) {
  const env = { ...process.env, ...TRAINING_ENVIRONMENT };
  const again = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], { env, stdio: 'inherit' });
  process.exit(await new Promise<number>((done) => again.once('close', (code) => done(code ?? 1))));
}

const options = benchOptions({ rounds: 7 });
const folder = mkdtempSync(join(tmpdir(), 'sim4seg-bench-'));

async function openOurs() {
  const file = new URL('../examples/train-bundle-tiny.yaml', import.meta.url);
  const tree = parse(readFileSync(file, 'utf8')) as TrainConfig;
  const datasets = [
    { use: 'phantoms', kind: 'dermoscopy', n: 6 },
    { use: 'phantoms', kind: 'breast-ultrasound', n: 6 },
  ];
  const raw = tree.training as { phases: { name: string; weights?: unknown }[] };
  const joint = raw.phases.filter(({ name }) => name === 'joint').map(({ weights: _weights, ...phase }) => phase);
  const resolved = resolveTraining({ datasets, training: { ...raw, threads: 2, phases: joint } });
  const { training } = resolved;
  const phase = training.phases[0]!;
  const plugins = [llamaTiny, topCellsPlugin, ...decoderPlugins] as unknown as PluginDefinition[];
  const { parts } = resolveModel(tree, plugins, { training, from: null });
  const sizes = readModelSizes(parts);
  const batches = await createBatchSource({ ...resolved, frames: [sizes], seed: 1 });
  const { targets, diagnoses } = batches.summary.vocabulary;
  const aux = auxSpecs({ ...sizes, targets: targets.length, diagnoses: diagnoses.length });
  const specs = { ...partSpecs(parts), ...aux };
  const plan = planPhase(parts, specs, phase);
  const fresh = { ...partParams(parts, 1), ...initParams(aux, 1) };
  const params = Object.fromEntries(Object.keys(plan.params).map((name) => [name, lively(name, fresh[name]!)]));
  const step = await compilePhase({ parts, specs, sizes, phase, training });
  step.init(params);
  const declared = stepInputs(parts, phase, { sizes, length: training.length });
  const batchOf = async (n: number): Promise<Record<string, TensorValue>> =>
    inputValues(parts, await batches.get({ phase: 0, step: n }), {
      declared,
      length: training.length,
      conversations: phase.conversations,
    });
  return { parts, specs, plan, params, step, phase, training, batchOf };
}

/** Zeros would hide half of the network from the comparison: norms that start at zero start small instead. */
function lively(name: string, value: TensorValue): TensorValue {
  if (name.startsWith(AUX_PREFIX) || value.data.some((x) => x !== 0)) return value;
  return { ...value, data: Float32Array.from(value.data, (_, i) => 0.02 * Math.sin(i + name.length)) };
}

type Ours = Awaited<ReturnType<typeof openOurs>>;

/** How PyTorch is told what the config says. */
function peerConfig({ parts, specs, plan, step, phase, training }: Ours): object {
  const { clip, ...adamw } = training.optimizer;
  const moving = step.graph.moving;
  const scaleOf = (name: string): number => {
    const role = roleOf(parts, name);
    return role === 'regionPrior' ? 1 : (phase.lrScale[role] ?? 1);
  };
  const lvlm = parts.lvlm.trainable.sizes as { llama: { heads: number; layers: number; hiddenSize: number } };
  const prior = parts.regionPrior.trainable.sizes as { topN: number };
  return {
    ...adamw,
    clip,
    parts: Object.fromEntries(PART_ROLES.map((role) => [role, parts[role].id])),
    sizes: lvlm.llama,
    trainable: moving,
    decayed: moving.filter((name) => (specs[name]?.dims.length ?? 0) >= 2),
    lrScale: Object.fromEntries(Object.keys(plan.params).map((name) => [name, scaleOf(name)])),
    prior: { topN: prior.topN, promptSide: 4 * TOKEN_SIDE, values: [-PROMPT_LOGIT, PROMPT_LOGIT] },
    losses: phase.losses,
  };
}

/** float32[256,256]: means over cells of the token grid, both axes in one. */
function priorOperator(): TensorValue {
  const { weights, to, from } = cellMeanOperator(TOKEN_SIDE, TOKEN_SIDE);
  const data = new Float32Array((to * from) ** 2);
  for (let cell = 0; cell < to * to; cell++) {
    for (let token = 0; token < from * from; token++) {
      const row = weights[Math.floor(cell / to) * from + Math.floor(token / from)] ?? 0;
      data[cell * from * from + token] = row * (weights[(cell % to) * from + (token % from)] ?? 0);
    }
  }
  return { data, shape: [to * to, from * from], dtype: 'float32' };
}

interface PeerAnswer {
  readonly ms: number;
  readonly loss: number;
  readonly peakRssMb: number;
}

const ours = await openOurs();
const { peer, missing } = await openTorchPeer('train_bundle_tiny.py');
const operator = priorOperator();
let count = 0;

async function stepOurs(step: TrainStep, batch: Record<string, TensorValue>, n: number) {
  const start = performance.now();
  const { loss } = await step.step(batch, { lr: LR, step: n });
  return { ms: performance.now() - start, loss: loss as number };
}

async function stepPeer(peer: TorchPeer, batch: Record<string, TensorValue>): Promise<PeerAnswer> {
  const path = join(folder, 'batch.safetensors');
  await writeSafetensorsFile(path, { ...batch, priorOperator: operator });
  return (await peer.ask({ step: path, lr: LR })) as PeerAnswer;
}

function expectAgreement(what: string, mine: number, theirs: number): void {
  const difference = Math.abs(mine - theirs) / Math.max(1, Math.abs(theirs));
  if (difference <= AGREEMENT) return;
  throw new Error(`${what}: ours ${mine}, PyTorch ${theirs}: not the same work`);
}

async function checkSameWork(peer: TorchPeer): Promise<void> {
  const weights = join(folder, 'weights.safetensors');
  await writeSafetensorsFile(weights, ours.params);
  await peer.ask({ load: weights, config: peerConfig(ours) });
  for (count = 1; count <= 3; count++) {
    const batch = await ours.batchOf(count);
    const { loss } = await stepOurs(ours.step, batch, count);
    expectAgreement(`loss of step ${count}`, loss, (await stepPeer(peer, batch)).loss);
  }
  const dump = join(folder, 'after.safetensors');
  await peer.ask({ dump });
  const { tensors } = await readSafetensorsFile(dump);
  const state = ours.step.state();
  let [apart, moved] = [0, 0];
  for (const name of ours.step.graph.moving) {
    const theirs = tensors[name]!.data as Float32Array;
    const before = ours.params[name]!.data;
    state[`param/${name}`]!.data.forEach((value, i) => {
      apart += (value - theirs[i]!) ** 2;
      moved += (theirs[i]! - before[i]!) ** 2;
    });
  }
  // AdamW moves by the rate whatever the size of a gradient, so where the exact gradient is zero (a bias that a softmax
  // cancels) rounding decides the sign: parameters are compared by how far they are apart of how far they moved.
  const share = Math.sqrt(apart / moved);
  console.log(`after 3 steps parameters differ by ${share.toExponential(1)} of what they moved`);
  if (share > PARAMETER_AGREEMENT) throw new Error(`parameters differ by ${share}: not the same work`);
}

if (peer) await checkSameWork(peer);
const row = await compete(
  'train-bundle-tiny/joint',
  {
    name: 'sim4seg',
    round: async (n) => {
      const { ms } = await stepOurs(ours.step, await ours.batchOf(100 + n), ++count);
      return { value: ms, peakRssMb: process.resourceUsage().maxRSS / 1024 };
    },
  },
  {
    rounds: options.rounds,
    peerMissing: missing,
    peer: peer
      ? {
          name: 'PyTorch',
          round: async (n) => {
            const { ms, peakRssMb } = await stepPeer(peer, await ours.batchOf(100 + n));
            return { value: ms, peakRssMb };
          },
        }
      : null,
  },
);
report([row], options.json);
peer?.end();
await ours.step.release();
rmSync(folder, { recursive: true });
