// A model of the shape of LISA-7B with random weights: LLaMA-2-7B in 4-bit blocks with half-float embeddings, CLIP ViT-L
// and SAM ViT-H in half floats. 256 image tokens and 64 of text are read, 64 tokens written, a mask is drawn; parts are
// opened one after another. Peak memory under 9 GB; a decode step takes at most the time of reading what it touches at
// 60% of the machine's read bandwidth. Needs 8 GB of disk.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { benchOptions, compete, median, report } from './harness.js';
import { writeParts } from './models/lisa-7b.js';

const LIMITS = { peakRssMb: 9000, shareOfBandwidth: 0.6 };
const NEEDED_BYTES = 8e9;

interface Answer {
  readonly stepMs: readonly number[];
  readonly arithmetic: string;
  readonly bandwidthGBs: number;
  readonly stepBytes: number;
  readonly peakRssMb: number;
}

/** The run in a process of its own, whose memory is its own; lines before the last are progress. */
async function runChild(folder: string): Promise<Answer> {
  const script = new URL('./decode-7b-child.ts', import.meta.url).pathname;
  const args = ['--conditions=sim4seg-source', '--import', 'tsx', script, folder];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let last = '';
  for await (const line of createInterface({ input: child.stdout })) {
    console.log(line);
    last = line;
  }
  return JSON.parse(last) as Answer;
}

// A round is a decode step: there are as many as tokens.
const { json } = benchOptions({ rounds: 64 });
const folder = mkdtempSync(join(tmpdir(), 'sim4seg-decode-7b-'));
try {
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize < NEEDED_BYTES) throw new Error(`8 GB must be free in ${folder}; set TMPDIR to another folder`);
  await writeParts(folder);
  const answer = await runChild(folder);
  const { stepMs, stepBytes, bandwidthGBs, peakRssMb, arithmetic } = answer;
  const steps = { name: 'sim4seg', round: (n: number) => ({ value: stepMs[Math.max(0, n)]!, peakRssMb }) };
  const atBandwidth = { name: 'reading what a step touches', round: () => ({ value: stepBytes / bandwidthGBs / 1e6 }) };
  const row = await compete(`decode-7b/${arithmetic}`, steps, { rounds: stepMs.length, peer: atBandwidth });
  report([row], json);
  const share = stepBytes / 1e6 / median(stepMs) / bandwidthGBs;
  console.log(`decoding reads at ${(100 * share).toFixed(0)}% of the bandwidth, peak ${peakRssMb.toFixed(0)} MB`);
  if (peakRssMb > LIMITS.peakRssMb || share < LIMITS.shareOfBandwidth) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}
