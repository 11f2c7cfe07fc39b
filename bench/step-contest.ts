// A training step of ours against the same step of a peer, each in its own process: same weights, batches and rates.
// Loss of three steps and the parameters after them agree, or the bench fails.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { initParams } from '@sim4seg/compute';
import type { TensorValue } from '@sim4seg/compute';
import { readSafetensorsFile, writeSafetensorsFile } from '@sim4seg/compute/node';
import { TRAINING_ENVIRONMENT } from '@sim4seg/trainer';
import { compete } from './harness.js';
import type { BenchRow, Contestant } from './harness.js';
import { LR, stepModel } from './models/step-models.js';
import type { ModelChoice, StepModel } from './models/step-models.js';
import type { ChildConfig } from './step-child.js';
import { openTorchPeer } from './torch-peer.js';

const AGREEMENT = 1e-3;
/** Parameters differ by at most this share of how far they moved. */
const MOVEMENT = 0.05;

/** A process that answers the commands of step-child.ts. */
export interface StepProcess {
  readonly ask: (command: object) => Promise<unknown>;
  readonly end: () => void;
}

interface StepAnswer {
  readonly ms: number;
  readonly loss: number;
  readonly peakRssMb: number;
}

/** Our step in a process of its own, with the allocator set as the trainer sets it. */
export function startStepChild(): StepProcess {
  const script = new URL('./step-child.ts', import.meta.url).pathname;
  const flags = ['--conditions=sim4seg-source', '--import', 'tsx', '--expose-gc'];
  const env = { ...process.env, ...TRAINING_ENVIRONMENT };
  const child = spawn(process.execPath, [...flags, script], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (command: object): Promise<unknown> => {
    child.stdin.write(`${JSON.stringify(command)}\n`);
    const line = await lines.next();
    if (line.done) throw new Error('the process of our step ended before it answered');
    return JSON.parse(line.value);
  };
  return { ask, end: () => child.stdin.end() };
}

interface Side {
  readonly process: StepProcess;
  readonly config: object;
}

/** The files that both sides read. */
class Exchange {
  readonly #folder = mkdtempSync(join(tmpdir(), 'sim4seg-bench-'));
  readonly path = (name: string): string => join(this.#folder, `${name}.safetensors`);

  async write(name: string, tensors: Record<string, TensorValue>): Promise<string> {
    await writeSafetensorsFile(this.path(name), tensors);
    return this.path(name);
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }
}

async function stepOf({ process }: Side, batch: string): Promise<StepAnswer> {
  return (await process.ask({ step: batch, lr: LR })) as StepAnswer;
}

async function paramsOf({ process }: Side, path: string): Promise<Record<string, TensorValue>> {
  await process.ask({ dump: path });
  return (await readSafetensorsFile(path)).tensors as Record<string, TensorValue>;
}

function expectClose(what: string, mine: number, theirs: number): void {
  const difference = Math.abs(mine - theirs) / Math.max(1, Math.abs(theirs));
  if (difference > AGREEMENT) throw new Error(`${what}: ours ${mine}, the peer's ${theirs}: not the same work`);
}

/** Three steps on both sides; throws unless they agree. */
async function expectSameWork([ours, peer]: readonly [Side, Side], model: StepModel, files: Exchange): Promise<void> {
  for (let n = 1; n <= 3; n++) {
    const batch = await files.write('batch', model.batch(n));
    const { loss } = await stepOf(ours, batch);
    expectClose(`loss of step ${n}`, loss, (await stepOf(peer, batch)).loss);
  }
  const [mine, theirs] = [await paramsOf(ours, files.path('ours')), await paramsOf(peer, files.path('peer'))];
  const { tensors: before } = await readSafetensorsFile(files.path('weights'));
  let [apart, moved] = [0, 0];
  for (const [name, { data }] of Object.entries(mine)) {
    for (let i = 0; i < data.length; i++) {
      const other = Number(theirs[name]!.data[i]);
      expectClose(`${name}[${i}] after 3 steps`, Number(data[i]), other);
      apart += (Number(data[i]) - other) ** 2;
      moved += (other - Number(before[name]!.data[i])) ** 2;
    }
  }
  const share = Math.sqrt(apart / moved);
  console.log(`after 3 steps parameters differ by ${share.toExponential(1)} of what they moved`);
  if (!(share <= MOVEMENT)) throw new Error(`parameters differ by ${share} of what they moved: not the same work`);
}

export interface StepContest {
  readonly name: string;
  readonly choice: ModelChoice;
  readonly rounds: number;
  readonly ours?: Partial<ChildConfig>;
  /** The peer: PyTorch, or another process and its config. */
  readonly peer: { readonly name: string; open(): Promise<Opened> };
}

export type Opened =
  { readonly side: Side; readonly missing: null } | { readonly side: null; readonly missing: string };

/** PyTorch on the same model. */
export function torchStep(choice: ModelChoice): StepContest['peer'] {
  const { program, optimizer, weightDecay, clip } = stepModel(choice).options;
  const decayed = Object.keys(program.params).filter((name) => weightDecay?.(name));
  return {
    name: 'PyTorch',
    open: async () => {
      const { peer, missing } = await openTorchPeer('train_step.py');
      if (!peer) return { side: null, missing };
      return { side: { process: peer, config: { ...choice, ...optimizer, clip, decayed } }, missing: null };
    },
  };
}

function contestant(name: string, side: Side, next: (n: number) => Promise<string>): Contestant {
  return {
    name,
    round: async (n) => {
      const { ms, peakRssMb } = await stepOf(side, await next(n));
      return { value: ms, peakRssMb };
    },
  };
}

/** Runs one contest and returns its row. */
export async function contest({ name, choice, rounds, ours, peer: asked }: StepContest): Promise<BenchRow> {
  const model = stepModel(choice);
  const files = new Exchange();
  const threads = availableParallelism();
  const mine: Side = { process: startStepChild(), config: { ...choice, threads, ...ours } };
  const { side: peer, missing } = await asked.open();
  const weights = await files.write('weights', initParams(model.options.program.params, 1));
  const sides = peer ? [mine, peer] : [mine];
  try {
    for (const side of sides) await side.process.ask({ load: weights, config: side.config });
    if (peer) await expectSameWork([mine, peer], model, files);
    const next = async (n: number): Promise<string> => files.write('batch', model.batch(100 + n));
    return await compete(name, contestant('sim4seg', mine, next), {
      rounds,
      peerMissing: missing,
      peer: peer ? contestant(asked.name, peer, next) : null,
    });
  } finally {
    for (const { process } of sides) process.end();
    files.remove();
  }
}

/** Peak memory of both sides, where both are known. */
export function memoryRatio({ ours, peer }: BenchRow): number | null {
  return peer?.peakRssMb && ours.peakRssMb ? ours.peakRssMb / peer.peakRssMb : null;
}
