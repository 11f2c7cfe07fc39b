// From 256 projected image tokens to the prompt mask, the operator of the image shape cached; under 0.1 ms.
import { createModelFrame, createRandom } from '@sim4seg/core';
import type { RegionPriorInput } from '@sim4seg/core';
import { topCellsPlugin } from '@sim4seg/rvls2m';
import { benchOptions, compete, report } from './harness.js';
import type { BenchRow } from './harness.js';

/** Calls of a round, short enough to fit between two turns of the scheduler; the warm-up lets the code be optimised. */
const CALLS = 100;
const WARM_UP_CALLS = 5000;
/** Different inputs of a round; few enough that drawing them does not fill the memory. */
const INPUTS = 16;

/** Inputs of one round; drawn before the clock starts. */
function inputsOf(round: number, { dim, promptSide }: { dim: number; promptSide: number }): RegionPriorInput[] {
  const random = createRandom(round + 7);
  return Array.from({ length: INPUTS }, () => ({
    imageTokens: { data: Float32Array.from({ length: 256 * dim }, () => random.uniform() - 0.5), shape: [256, dim] },
    segEmbedding: Float32Array.from({ length: dim }, () => random.uniform() - 0.5),
    tokenRows: 16,
    tokenColumns: 16,
    frame: createModelFrame({ widthPx: 640, heightPx: 480 }, 4 * promptSide),
    promptSide,
    variant: 0,
  }));
}

/** Median-ready figure of one round: ms a call. */
async function row(name: string, sizes: { dim: number; promptSide: number }, rounds: number): Promise<BenchRow> {
  const prior = await topCellsPlugin.create({ needs: {}, options: topCellsPlugin.optionsSchema.parse({}) });
  return compete(
    name,
    {
      name: 'topCells',
      round: (n) => {
        const inputs = inputsOf(n, sizes);
        const calls = n < 0 ? WARM_UP_CALLS : CALLS;
        let painted = 0;
        const started = performance.now();
        for (let call = 0; call < calls; call++) {
          const input = inputs[call % INPUTS];
          if (input) painted += prior.promptsFor(input).prompts.mask?.data[0] ?? 0;
        }
        const value = (performance.now() - started) / calls;
        if (!Number.isFinite(painted)) throw new Error('the prior gave no finite mask');
        return { value };
      },
    },
    { rounds },
  );
}

const options = benchOptions({ rounds: 51 });
report([await row('rvls2m/tiny', { dim: 128, promptSide: 64 }, options.rounds)], options.json);
// The sizes of the official model, for information: its prompt mask alone has 65536 samples.
report([await row('rvls2m/official-size', { dim: 256, promptSide: 256 }, options.rounds)], undefined);
