// SAM's image encoder, ViT-B at 1024 with random weights, compiled, against PyTorch on the same weights; the embeddings
// agree within 1e-3, or the bench fails.
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile, float32Value, initParams } from '@sim4seg/compute';
import type { Program, TensorValue } from '@sim4seg/compute';
import { readSafetensorsFile, writeSafetensorsFile } from '@sim4seg/compute/node';
import { samImageEncoderProgram, samImageEncoderSizesSchema } from '@sim4seg/decoders';
import type { SamImageEncoderSizes } from '@sim4seg/decoders';
import { benchOptions, compete, report } from './harness.js';
import type { Sample } from './harness.js';
import { openTorchPeer } from './torch-peer.js';
import type { TorchPeer } from './torch-peer.js';

const AGREEMENT = 1e-3;
/** What untrained models start at zero; the positions would cost nothing to get wrong. */
const ZERO_AT_START = /rel_pos|pos_embed|bias$/;

interface PeerRun {
  readonly ms: number;
  readonly peakRssMb: number;
}

function randomWeights({ params }: Program): Record<string, TensorValue> {
  const specs = Object.entries(params).map(([name, spec]) => {
    return [name, ZERO_AT_START.test(name) ? { ...spec, init: { normal: 0.05 } } : spec] as const;
  });
  return initParams(Object.fromEntries(specs), 1);
}

/** Another picture every round, of numbers as large as normalised pixels. */
function pictureOf({ inputSidePx: side }: SamImageEncoderSizes, round: number): TensorValue {
  const data = Float32Array.from({ length: 3 * side * side }, (_, i) => 1.5 * Math.sin(i * 0.01 + Math.sin(i) + round));
  return float32Value(data, [1, 3, side, side]);
}

const sizes = samImageEncoderSizesSchema.parse({});
const program = samImageEncoderProgram(sizes);
const folder = mkdtempSync(join(tmpdir(), 'sim4seg-bench-'));
const file = (name: string): string => join(folder, `${name}.safetensors`);
const peakRssMb = (): number => process.resourceUsage().maxRSS / 1024;

async function askPeer(peer: TorchPeer, image: TensorValue, dump: string | null = null): Promise<PeerRun> {
  await writeSafetensorsFile(file('image'), { image });
  return (await peer.ask({ image: file('image'), dump })) as PeerRun;
}

function expectSame(mine: TensorValue, theirs: TensorValue): void {
  let [apart, scale] = [0, 0];
  for (const [i, value] of theirs.data.entries()) {
    apart = Math.max(apart, Math.abs(Number(mine.data[i]) - Number(value)));
    scale = Math.max(scale, Math.abs(Number(value)));
  }
  console.log(`embeddings differ by at most ${(apart / scale).toExponential(1)} of the largest value`);
  if (!(apart <= AGREEMENT * scale)) throw new Error('the embeddings differ: not the same work');
}

/** Lets the peer try its forms on one picture each and leaves it with the fastest. */
async function chooseForm(peer: TorchPeer, forms: readonly string[]): Promise<void> {
  const times: { form: string; ms: number }[] = [];
  for (const form of forms) {
    await peer.ask({ form });
    times.push({ form, ms: (await askPeer(peer, pictureOf(sizes, -2))).ms });
  }
  const [best] = times.sort((a, b) => a.ms - b.ms);
  console.log(`PyTorch's attention: ${JSON.stringify(times)}`);
  await peer.ask({ form: best!.form });
}

const { rounds, json } = benchOptions({ rounds: 7 });
const weights = randomWeights(program);
await writeSafetensorsFile(file('weights'), weights);
const { peer, missing } = await openTorchPeer('sam_encoder.py');
try {
  const threads = availableParallelism();
  await using session = await compile(program, { dims: { images: 1 }, weights: file('weights'), threads });
  const run = async (image: TensorValue): Promise<Sample & { readonly embedding: TensorValue }> => {
    const started = performance.now();
    const { embedding } = await session.run({ image });
    return { value: performance.now() - started, peakRssMb: peakRssMb(), embedding: embedding! };
  };
  if (peer) {
    const { forms } = (await peer.ask({ load: file('weights'), config: sizes })) as { forms: string[] };
    await chooseForm(peer, forms);
    await askPeer(peer, pictureOf(sizes, 1000), file('embedding'));
    const { tensors } = await readSafetensorsFile(file('embedding'));
    expectSame((await run(pictureOf(sizes, 1000))).embedding, tensors['embedding'] as TensorValue);
  }
  const theirRound = async (n: number): Promise<Sample> => {
    const { ms, peakRssMb: peak } = await askPeer(peer!, pictureOf(sizes, n));
    return { value: ms, peakRssMb: peak };
  };
  const ours = { name: 'sim4seg', round: (n: number) => run(pictureOf(sizes, n)) };
  const theirs = peer && { name: 'PyTorch', round: theirRound };
  report([await compete('sam-encoder/vit-b', ours, { rounds, peer: theirs, peerMissing: missing })], json);
} finally {
  peer?.end();
  rmSync(folder, { recursive: true });
}
