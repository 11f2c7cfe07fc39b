// From 256 projected image tokens to prompts for an image of 1024 x 768, the operator of the image shape cached: every
// strategy, at the sizes of the embedded model and at the official ones, against the official loop in plain PyTorch.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeSafetensorsFile } from '@sim4seg/compute/node';
import { createModelFrame, createRandom } from '@sim4seg/core';
import type { RegionPrior, RegionPriorInput } from '@sim4seg/core';
import { regionPriorInferencePlugins } from '@sim4seg/rvls2m/inference';
import { benchOptions, compete, report } from './harness.js';
import type { BenchRow } from './harness.js';
import { openTorchPeer } from './torch-peer.js';
import type { TorchPeer } from './torch-peer.js';

/** Calls of a round, short enough to fit between two turns of the scheduler; the warm-up lets the code be optimised. */
const CALLS = 100;
const WARM_UP_CALLS = 5000;
/** Different inputs of a round; few enough that drawing them does not fill the memory. */
const INPUTS = 16;
const IMAGE = { widthPx: 1024, heightPx: 768 };
const OFFICIAL = { grid: 16, top: 36 };

interface Sizes {
  readonly dim: number;
  readonly promptSide: number;
}

const SIZES: Readonly<Record<string, Sizes>> = {
  tiny: { dim: 128, promptSide: 64 },
  official: { dim: 256, promptSide: 256 },
};

/** Inputs of one round; drawn before the clock starts. */
function inputsOf(round: number, { dim, promptSide }: Sizes, count = INPUTS): RegionPriorInput[] {
  const random = createRandom(round + 7);
  return Array.from({ length: count }, () => ({
    imageTokens: { data: Float32Array.from({ length: 256 * dim }, () => random.uniform() - 0.5), shape: [256, dim] },
    segEmbedding: Float32Array.from({ length: dim }, () => random.uniform() - 0.5),
    tokenRows: 16,
    tokenColumns: 16,
    frame: createModelFrame(IMAGE, 4 * promptSide),
    promptSide,
    variant: 0,
  }));
}

const folder = mkdtempSync(join(tmpdir(), 'sim4seg-bench-'));

async function askPeer(peer: TorchPeer, input: RegionPriorInput): Promise<{ ms: number; inside: number[] }> {
  const path = join(folder, 'inputs.safetensors');
  const { imageTokens, segEmbedding, promptSide } = input;
  await writeSafetensorsFile(path, {
    tokens: { ...imageTokens!, dtype: 'float32' },
    seg: { data: segEmbedding!, shape: [segEmbedding!.length], dtype: 'float32' },
  });
  const sizes = { ...OFFICIAL, height: IMAGE.heightPx, width: IMAGE.widthPx, prompt_side: promptSide };
  return (await peer.ask({ inputs: path, sizes })) as { ms: number; inside: number[] };
}

function priorOf(id: string, options: object = {}): RegionPrior {
  const plugin = regionPriorInferencePlugins.find((candidate) => candidate.id === id) as unknown as {
    readonly optionsSchema: { parse(value: object): unknown };
    create(context: { needs: object; options: unknown }): RegionPrior;
  };
  return plugin.create({ needs: {}, options: plugin.optionsSchema.parse(options) });
}

/** Ours with the reference's defects paints exactly what the port paints. */
async function checkSameWork(peer: TorchPeer, sizes: Sizes): Promise<void> {
  const prior = priorOf('topCells', { compat: 'official' });
  for (const input of inputsOf(1000, sizes, 3)) {
    const { inside } = await askPeer(peer, input);
    const ours = [...prior.promptsFor(input).prompts.mask!.data.entries()].flatMap(([i, value]) =>
      value > 0 ? [i] : [],
    );
    if (ours.join() !== inside.join()) throw new Error('the port chooses other cells: not the same work');
  }
}

/** ms a call over one round. */
function timeRound(prior: RegionPrior, inputs: readonly RegionPriorInput[], calls: number): number {
  let seen = 0;
  const started = performance.now();
  for (let call = 0; call < calls; call++) {
    const { prompts } = prior.promptsFor(inputs[call % INPUTS]!);
    seen += (prompts.mask ?? prompts.points ?? prompts.boxes)?.data[0] ?? NaN;
  }
  const value = (performance.now() - started) / calls;
  if (!Number.isFinite(seen)) throw new Error('the prior gave no finite prompts');
  return value;
}

async function row(name: string, id: string, sizes: Sizes): Promise<BenchRow> {
  const prior = priorOf(id);
  const ours = {
    name: id,
    round: (n: number) => ({ value: timeRound(prior, inputsOf(n, sizes), n < 0 ? WARM_UP_CALLS : CALLS) }),
  };
  const round = async (n: number) => ({ value: (await askPeer(peer!, inputsOf(n, sizes, 1)[0]!)).ms });
  return compete(name, ours, {
    rounds: options.rounds,
    peerMissing: missing,
    peer: peer ? { name: 'the official loop in PyTorch', round } : null,
  });
}

const options = benchOptions({ rounds: 51 });
const { peer, missing } = await openTorchPeer('rvls2m.py');
const rows: BenchRow[] = [];
for (const [suffix, sizes] of Object.entries(SIZES)) {
  if (peer) await checkSameWork(peer, sizes);
  for (const { id } of regionPriorInferencePlugins) rows.push(await row(`rvls2m/${id}-${suffix}`, id, sizes));
}
report(rows, options.json);
peer?.end();
rmSync(folder, { recursive: true });
