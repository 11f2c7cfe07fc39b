import { getEventListeners, setMaxListeners } from 'node:events';
import { breach, demand, outcomeOf } from './breach.js';
import { firstDifference, firstNotFinite } from './compare.js';
import { aliveOf, grownResource, resourcesNow } from './leaks.js';
import type { Suite, SuiteCheck, Trial, Variety } from './suite.js';

const ORDINARY_SEEDS = [0, 1, 2];
const LEAK_CALLS = 12;
/** So many inputs may stay alive: a part may remember a few, and a call that is under way holds its own. */
const KEPT_INPUTS = 8;

const unaborted = (): AbortSignal => new AbortController().signal;

async function inputOf<T, I>(suite: Suite<T, I>, variety: Variety, seed: number, trial: Trial<T>): Promise<I> {
  const input = await suite.input(variety, seed, trial);
  if (input === null) throw breach(`the suite has no ${variety} input`);
  return input;
}

const answer = async (suite: Suite, trial: Trial<unknown>, input: unknown): Promise<unknown> =>
  suite.call(trial.part, input, unaborted());

/** The answer to an input of a variety, with the input. */
async function asked(suite: Suite, trial: Trial<unknown>, { variety = 'ordinary' as Variety, seed = 0 } = {}) {
  const input = await inputOf(suite, variety, seed, trial);
  return { input, output: await answer(suite, trial, input) };
}

/** A check on the answers to ordinary inputs. */
const onOrdinary = (
  suite: Suite,
  texts: Pick<SuiteCheck<unknown>, 'name' | 'must' | 'fix'>,
  expect: (output: unknown, input: unknown, part: unknown) => void,
): SuiteCheck<unknown> => ({
  ...texts,
  run: async (trial) => {
    for (const seed of ORDINARY_SEEDS) {
      const { input, output } = await asked(suite, trial, { seed });
      expect(output, input, trial.part);
    }
  },
});

function expectFiniteAnswer(output: unknown): void {
  const place = firstNotFinite(output);
  if (place !== null) throw breach(place);
}

const answerChecks = (suite: Suite): SuiteCheck<unknown>[] => [
  onOrdinary(
    suite,
    {
      name: 'shapes',
      must: 'Answers have the declared shapes and types',
      fix: 'compare with the doc comments of the contract',
    },
    (output, input, part) => suite.expectShapes(output, input, part),
  ),
  onOrdinary(
    suite,
    {
      name: 'finite',
      must: 'Answers to ordinary inputs hold finite numbers only',
      fix: 'look for a division by zero or an overflow',
    },
    expectFiniteAnswer,
  ),
  onOrdinary(
    suite,
    { name: 'ranges', must: 'Answers keep to their ranges', fix: 'compare with the doc comments of the contract' },
    (output, input, part) => suite.expectRanges(output, input, part),
  ),
];

/** @param remake a further instance of the same plugin with the same options */
const determinismCheck = (suite: Suite, remake: () => Promise<unknown>): SuiteCheck<unknown> => ({
  name: 'determinism',
  must: 'The same input gives the same answer, whatever was asked in between, also from another instance',
  fix: 'take chance from the seed of the call, and keep no state between calls',
  run: async (trial) => {
    const first = structuredClone((await asked(suite, trial)).output);
    await asked(suite, trial, { seed: 1 });
    const again = (await asked(suite, trial)).output;
    const other = (await asked(suite, { ...trial, part: await remake() })).output;
    for (const [who, output] of [
      ['the same instance', again],
      ['another instance', other],
    ] as const) {
      const difference = firstDifference(first, output, suite.tolerance);
      if (difference !== null) throw breach(`${who} gave another answer: ${difference}`);
    }
  },
});

const purityCheck = (suite: Suite): SuiteCheck<unknown> => ({
  name: 'purity',
  must: 'A call changes neither its input nor an earlier answer',
  fix: 'copy what has to be changed, and give each answer arrays of its own',
  run: async (trial) => {
    const input = await inputOf(suite, 'ordinary', 0, trial);
    const before = structuredClone(input);
    const output = await answer(suite, trial, input);
    const kept = structuredClone(output);
    const changed = firstDifference(before, input);
    if (changed !== null) throw breach(`the input was changed: ${changed}`);
    await asked(suite, trial, { seed: 1 });
    const overwritten = firstDifference(kept, output);
    if (overwritten !== null) throw breach(`the next call changed this answer: ${overwritten}`);
  },
});

/** Inputs at the edge: a refusal with a code is an answer, too. */
const edgeCheck = (suite: Suite, variety: Variety, texts: { name: string; what: string }): SuiteCheck<unknown> => ({
  name: texts.name,
  edge: true,
  must: `${texts.what} gets an answer of finite numbers in the declared shapes, or an error with a code`,
  fix: 'handle this input before dividing by a range or a count, or throw a Sim4SegError',
  run: async (trial) => {
    const input = await suite.input(variety, 0, trial);
    if (input === null) return { skipped: 'this kind has no such input' };
    const outcome = await outcomeOf(() => answer(suite, trial, input));
    if ('refused' in outcome) return;
    expectFiniteAnswer(outcome.value);
    suite.expectShapes(outcome.value, input, trial.part);
    suite.expectRanges(outcome.value, input, trial.part);
  },
});

const abortCheck = (suite: Suite): SuiteCheck<unknown> => ({
  name: 'abort',
  must: 'A call whose signal is aborted rejects with the code ABORTED',
  fix: 'call expectNotAborted(signal) first and between steps, and hand the signal on',
  run: async (trial) => {
    const input = await inputOf(suite, 'ordinary', 0, trial);
    const early = await outcomeOf(() => suite.call(trial.part, input, AbortSignal.abort()));
    demand('refused' in early, 'an answer in spite of an aborted signal');
    demand(early.refused.code === 'ABORTED', `the code ${early.refused.code}`);
    const controller = new AbortController();
    const running = outcomeOf(() => suite.call(trial.part, input, controller.signal));
    controller.abort();
    const late = await running;
    demand(!('refused' in late) || late.refused.code === 'ABORTED', 'another error after an abort in the middle');
  },
});

const leakCheck = (suite: Suite): SuiteCheck<unknown> => ({
  name: 'leaks',
  must: 'Calls leave nothing behind: no timer, handle, open file, abort listener, and no input that stays in memory',
  fix: 'end timers and streams in finally, remove abort listeners, bound caches',
  run: async (trial) => {
    await asked(suite, trial);
    const before = resourcesNow();
    const { signal, references } = await callOften(suite, trial);
    const grown = await grownResource(before, LEAK_CALLS / 2);
    demand(grown === null, `${grown} more after ${LEAK_CALLS} calls`);
    const listeners = getEventListeners(signal, 'abort').length;
    demand(listeners < LEAK_CALLS / 2, `${listeners} abort listeners after ${LEAK_CALLS} calls`);
    const alive = (await aliveOf(references, KEPT_INPUTS)) ?? 0;
    demand(alive <= KEPT_INPUTS, `${alive} of ${LEAK_CALLS} inputs still in memory`);
  },
});

async function callOften(suite: Suite, trial: Trial<unknown>) {
  const { signal } = new AbortController();
  setMaxListeners(0, signal); // Listeners that stay are counted, not warned of.
  const references: WeakRef<object>[] = [];
  for (let seed = 0; seed < LEAK_CALLS; seed++) {
    const input = await inputOf(suite, 'ordinary', seed + 10, trial);
    await suite.call(trial.part, input, signal);
    if (typeof input === 'object' && input !== null) references.push(new WeakRef(input));
  }
  return { signal, references };
}

/** The checks of every kind; those of abort only where calls take a signal. */
export function generalChecks(suite: Suite, remake: () => Promise<unknown>): SuiteCheck<unknown>[] {
  return [
    ...answerChecks(suite),
    edgeCheck(suite, 'constant', { name: 'constant input', what: 'A constant input' }),
    edgeCheck(suite, 'empty', { name: 'empty input', what: 'An empty input' }),
    edgeCheck(suite, 'notANumber', { name: 'not a number', what: 'An input with a NaN' }),
    determinismCheck(suite, remake),
    purityCheck(suite),
    ...(suite.abortable ? [abortCheck(suite)] : []),
    leakCheck(suite),
  ];
}
