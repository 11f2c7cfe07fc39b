// Four reasoning paths in one batch against one path on the same engine: LLaMA of hidden size 2048 and 16 layers in 4-bit
// blocks, a prefix of 320 tokens that is read before the clock starts, 64 new tokens a path, no early stop. The head is
// stored as converted bundles store it, in half floats. The greedy path of the batch equals the single path.
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { int4Linears, llavaDecodeProgram, llavaPrefillProgram } from '@sim4seg/backbones';
import type { LlavaForm, PromptPrefix } from '@sim4seg/backbones';
import { compile } from '@sim4seg/compute';
import type { Int4Arithmetic, Session } from '@sim4seg/compute';
import type { ReasoningPath } from '@sim4seg/core';
import { benchOptions, compete, report } from './harness.js';
import type { BenchRow, Sample } from './harness.js';
import { decodePaths, decoderOf, prefixOf } from './models/llava-decoding.js';
import { LLAVA_2048 } from './models/llava-sizes.js';
import { writeRandomWeights } from './models/random-weights.js';

const PATHS = 4;
const AGREEMENT = 1e-3;
const threads = availableParallelism();
const folder = mkdtempSync(join(tmpdir(), 'sim4seg-bench-'));
const weights = join(folder, 'weights.safetensors');
const { rounds, json } = benchOptions({ rounds: 5 });

const formOf = (arithmetic: Int4Arithmetic): LlavaForm => ({
  ...LLAVA_2048,
  llama: { ...LLAVA_2048.llama, linears: int4Linears({ arithmetic }) },
});

/** Prompts of two pictures, so that rounds do not repeat each other. */
async function readPrefixes(form: LlavaForm): Promise<PromptPrefix[]> {
  await using prefill = await compile(llavaPrefillProgram(form), { dims: { images: 1 }, weights, threads });
  return [await prefixOf(prefill, LLAVA_2048, 1), await prefixOf(prefill, LLAVA_2048, 2)];
}

function expectSame([single]: readonly ReasoningPath[], [batched]: readonly ReasoningPath[]): void {
  const apart = Math.max(...single!.tokenLogProbs.map((p, i) => Math.abs(p - batched!.tokenLogProbs[i]!)));
  console.log(`log-probabilities of the greedy path differ by at most ${apart.toExponential(1)}`);
  const sameTokens = single!.tokenIds.join() === batched!.tokenIds.join();
  if (!sameTokens || !(apart <= AGREEMENT)) throw new Error('the batch writes another path: not the same work');
}

async function row(arithmetic: Int4Arithmetic): Promise<BenchRow> {
  const form = formOf(arithmetic);
  const prefixes = await readPrefixes(form);
  await using decode: Session = await compile(llavaDecodeProgram(form), { weights, threads });
  const decoder = decoderOf(decode, LLAVA_2048);
  const write = (paths: number, n: number): Promise<ReasoningPath[]> =>
    decodePaths(prefixes[Math.abs(n) % prefixes.length]!, decoder, { paths, seed: n + 10 });
  expectSame(await write(1, 0), await write(PATHS, 0));
  const contestant = (name: string, paths: number) => ({
    name,
    round: async (n: number): Promise<Sample> => {
      const started = performance.now();
      await write(paths, n);
      return { value: performance.now() - started, peakRssMb: process.resourceUsage().maxRSS / 1024 };
    },
  });
  const suffix = arithmetic === 'float32' ? '' : `-${arithmetic}`;
  const ours = contestant(`${PATHS} paths`, PATHS);
  return await compete(`decode-paths/m${PATHS}${suffix}`, ours, { rounds, peer: contestant('one path', 1) });
}

try {
  await writeRandomWeights(weights, llavaPrefillProgram(formOf('float32')), { matrices: 'float16' });
  report([await row('float32')], json);
  report([await row('int8')], json?.replace(/(\.json)?$/, '-int8.json'));
} finally {
  rmSync(folder, { recursive: true });
}
