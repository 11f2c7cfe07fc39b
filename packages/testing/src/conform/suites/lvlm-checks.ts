import type { Lvlm, LvlmPrefix, ReasoningPath, SampleOptions } from '@sim4seg/core';
import { demand, outcomeOf } from '../breach.js';
import { firstDifference } from '../compare.js';
import { testImage } from '../inputs.js';
import type { SuiteCheck, Trial } from '../suite.js';
import { LVLM_SAMPLING, lvlmInput } from './lvlm-input.js';

async function prefixOf(trial: Trial<Lvlm>): Promise<LvlmPrefix> {
  return trial.part.prefill(await lvlmInput(trial, testImage('ordinary', 0)));
}

async function textsOf(
  { part }: Trial<Lvlm>,
  prefix: LvlmPrefix,
  options: Partial<SampleOptions>,
): Promise<readonly ReasoningPath[]> {
  return part.sample(prefix, { ...LVLM_SAMPLING, ...options });
}

const said = (paths: readonly ReasoningPath[]): string[] => paths.map(({ text }) => text);

async function expectGreedy(trial: Trial<Lvlm>): Promise<void> {
  const prefix = await prefixOf(trial);
  const [one, other] = [await textsOf(trial, prefix, { seed: 1 }), await textsOf(trial, prefix, { seed: 2 })];
  demand(one[0]?.text === other[0]?.text, 'path 0 changes with the seed');
}

async function expectIndependentPaths(trial: Trial<Lvlm>): Promise<void> {
  const prefix = await prefixOf(trial);
  const [two, three] = [await textsOf(trial, prefix, { paths: 2 }), await textsOf(trial, prefix, { paths: 3 })];
  const difference = firstDifference(said(two), said(three.slice(0, 2)));
  demand(difference === null, `a third path changed the others: ${difference}`);
}

async function expectLength(trial: Trial<Lvlm>): Promise<void> {
  const paths = await textsOf(trial, await prefixOf(trial), { maxTokens: 1 });
  for (const { tokenIds } of paths) demand(tokenIds.length <= 1, `${tokenIds.length} tokens of 1`);
}

async function expectAbortedSampling(trial: Trial<Lvlm>): Promise<void> {
  const prefix = await prefixOf(trial);
  const early = await outcomeOf(() => textsOf(trial, prefix, { signal: AbortSignal.abort() }));
  demand('refused' in early && early.refused.code === 'ABORTED', 'an answer in spite of an aborted signal');
  const controller = new AbortController();
  let later = 0;
  const onToken = (): void => {
    if (controller.signal.aborted) later++;
    controller.abort();
  };
  const middle = await outcomeOf(() => textsOf(trial, prefix, { signal: controller.signal, onToken, maxTokens: 64 }));
  if (!controller.signal.aborted) return; // It decoded nothing, or tells of no token.
  const finished = !('refused' in middle) && later === 0;
  demand(finished || ('refused' in middle && middle.refused.code === 'ABORTED'), `${later} tokens after the abort`);
}

/** What holds for sampling alone. */
export const lvlmChecks: readonly SuiteCheck<Lvlm>[] = [
  {
    name: 'greedy path',
    must: 'With several paths, path 0 is greedy: the seed does not change it',
    fix: 'take the most probable token on path 0',
    run: expectGreedy,
  },
  {
    name: 'independent paths',
    must: 'A further path does not change the others',
    fix: 'fork the random source by the index of the path',
    run: expectIndependentPaths,
  },
  {
    name: 'length',
    must: 'maxTokens bounds every path',
    fix: 'stop with finish: length',
    run: expectLength,
  },
  {
    name: 'abort while sampling',
    must: 'Sampling stops with the code ABORTED where its signal is aborted, also in the middle',
    fix: 'call expectNotAborted(signal) before each token',
    run: expectAbortedSampling,
  },
];
