import { readFileSync } from 'node:fs';
import { services } from '@sim4seg/core';
import type {
  CandidateScorer,
  CandidateSelector,
  CaseRecord,
  Dataset,
  Importer,
  Observer,
  PresenceJudge,
} from '@sim4seg/core';
import { fakePresenceJudge, fakeScorer, fakeSelector } from '../fakes/fake-choice.js';
import { fakeDataset, fakeImporter, recordingObserver } from '../fakes/fake-data.js';
import { describeTeeth, leakTimer } from '../../test/describe-teeth.js';
import { breach } from './breach.js';

describeTeeth<PresenceJudge>('presence-judge', services.presenceJudge, fakePresenceJudge, {
  'a word that is no verdict': {
    breaks: ['ranges', 'no evidence'],
    got: /presence is maybe/,
    make: (good) => ({ judge: (evidence) => ({ ...good.judge(evidence), presence: 'maybe' as never }) }),
  },
  'NaN on constant similarity': {
    breaks: ['constant input'],
    got: /presentProb is NaN/,
    make: (good) => ({
      judge: (evidence) => {
        const map = evidence[0]?.similarity?.data ?? Float32Array.of(1);
        const constant = map[0] === 0.5 && map.every((value) => value === 0.5);
        return { ...good.judge(evidence), ...(constant ? { presentProb: Number.NaN } : {}) };
      },
    }),
  },
  'NaN passed on': {
    breaks: ['not a number'],
    got: /presentProb is NaN/,
    make: (good) => ({
      judge: (evidence) => {
        const sum = evidence.flatMap(({ similarity }) => [...(similarity?.data ?? [])]).reduce((a, b) => a + b, 0);
        return { ...good.judge(evidence), ...(Number.isNaN(sum) ? { presentProb: Number.NaN } : {}) };
      },
    }),
  },
  'a logit in place of a probability': {
    breaks: ['ranges'],
    got: /presentProb is 3, not 0 to 1/,
    make: (good) => ({
      judge: (evidence) => ({ ...good.judge(evidence), ...(evidence.length > 1 ? { presentProb: 3 } : {}) }),
    }),
  },
  'evidence that is missing counts as absent': {
    breaks: ['no evidence'],
    got: /absent without evidence/,
    make: (good) => ({
      judge: (evidence) =>
        evidence.some(({ presentProb }) => presentProb !== null)
          ? good.judge(evidence)
          : { presence: 'absent', presentProb: 0 },
    }),
  },
  'verdicts that drift': {
    breaks: ['determinism'],
    got: /presentProb/,
    make: (good, state = { calls: 0 }) => ({
      judge: (evidence) => ({ ...good.judge(evidence), presentProb: 1 / (2 + state.calls++) }),
    }),
  },
  'a timer a call': {
    breaks: ['leaks'],
    got: /x Timeout/,
    make: (good) => ({ judge: (evidence) => (leakTimer(), good.judge(evidence)) }),
  },
});

describeTeeth<CandidateScorer>('scorer', services.scorer, fakeScorer, {
  'a score too few': {
    breaks: ['shapes', 'order'],
    got: /3 scores for 4 candidates/,
    make: (good) => ({ score: (candidates) => good.score(candidates.slice(1)) }),
  },
  'NaN for masks without a pixel': {
    breaks: ['empty input'],
    got: /0 is NaN/,
    make: (good) => ({
      score: (candidates) =>
        good.score(candidates).map((s, i) => (candidates[i]?.maskBits.words.some((word) => word !== 0) ? s : 0 / 0)),
    }),
  },
  'scores by place': {
    breaks: ['order'],
    got: /other scores in another order/,
    make: (good) => ({ score: (candidates) => good.score(candidates).map((score, i) => score + i) }),
  },
  'a score without candidates': {
    breaks: ['no candidates'],
    got: /scores without candidates/,
    make: (good) => ({ score: (candidates) => (candidates.length === 0 ? [0] : good.score(candidates)) }),
  },
  'candidates sorted in place': {
    breaks: ['purity'],
    got: /the input was changed/,
    make: (good) => ({
      score: (candidates) => {
        (candidates as unknown as unknown[]).reverse();
        return good.score(candidates);
      },
    }),
  },
  'every input kept': {
    breaks: ['leaks'],
    got: /inputs still in memory/,
    make: (good, kept: unknown[] = []) => ({ score: (candidates) => (kept.push(candidates), good.score(candidates)) }),
  },
});

describeTeeth<CandidateSelector>('selector', services.selector, fakeSelector, {
  'an index behind the last': {
    breaks: ['ranges'],
    got: /index 4 of 4 candidates/,
    make: (good) => ({
      select: (candidates, scores) => ({
        ...good.select(candidates, scores),
        index: candidates.length === 1 ? 0 : candidates.length,
      }),
    }),
  },
  'a choice that its scores do not tell': {
    breaks: ['ranges'],
    got: /the chosen candidate has the score/,
    make: (good) => ({
      select: (candidates, scores) => {
        const { index, scores: own } = good.select(candidates, scores);
        return {
          index: own.length > 1 && Math.max(...own) > Math.min(...own) ? (index + 1) % own.length : index,
          scores: own,
        };
      },
    }),
  },
  'NaN scores': {
    breaks: ['finite', 'ranges'],
    got: /scores\.0 is NaN/,
    make: (good) => ({
      select: (candidates, scores) => ({
        ...good.select(candidates, scores),
        scores: candidates.map(() => Number.NaN),
      }),
    }),
  },
  'an index without candidates': {
    breaks: ['no candidates'],
    got: /a selection without candidates/,
    make: (good) => ({
      select: (candidates, scores) =>
        candidates.length === 0 ? { index: -1, scores: [] } : good.select(candidates, scores),
    }),
  },
  'the scores of the call before': {
    breaks: ['determinism'],
    got: /gave another answer/,
    make: (good, state = { calls: 0 }) => ({
      select: (candidates, scores) => {
        const chosen = good.select(candidates, scores);
        const shift = state.calls++;
        return { ...chosen, scores: chosen.scores.map((score) => score + shift) };
      },
    }),
  },
  'scores changed in place': {
    breaks: ['purity'],
    got: /the input was changed: scores\.0\.0/,
    make: (good) => ({
      select: (candidates, scores) => {
        const chosen = good.select(candidates, scores);
        const copy = { ...chosen, scores: [...chosen.scores] };
        for (const row of scores) (row as number[])[0] = (row[0] ?? 0) / 2;
        return copy;
      },
    }),
  },
});

const record: CaseRecord = { id: 'a', image: 'a.png', modality: 'm', anatomy: 'n', target: 't', split: 'train' };
const goodSet = (): Dataset => fakeDataset('toy', [record, { ...record, id: 'b' }], { 'a.png': Uint8Array.of(1) });

const withCases = (good: Dataset, cases: readonly unknown[]): Dataset => ({
  ...fakeDataset(good.name, cases as readonly CaseRecord[]),
  read: (path) => good.read(path),
});

const BROKEN_SETS = {
  'a case without a target': {
    breaks: ['shapes'],
    got: /target of a case is undefined/,
    make: (good: Dataset) => withCases(good, [{ ...record, target: undefined }]),
  },
  'a split that is no word': {
    breaks: ['shapes', 'finite'],
    got: /split of a case is NaN/,
    make: (good: Dataset) => withCases(good, [{ ...record, split: Number.NaN }]),
  },
  'an id twice': {
    breaks: ['ids'],
    got: /'a' twice/,
    make: (good: Dataset) => withCases(good, [record, { ...record, id: 'A' }]),
  },
  'one reader for all': {
    breaks: ['readers'],
    got: /two readers at once begin with/,
    make: (good: Dataset) => {
      const all = [record, { ...record, id: 'b' }, { ...record, id: 'c' }, { ...record, id: 'd' }];
      let next = 0;
      return {
        ...good,
        async *cases() {
          for (let i = 0; i < all.length; i++) yield all[next++ % all.length] as CaseRecord;
        },
      };
    },
  },
  'bytes for files that are not there': {
    breaks: ['other files'],
    got: /reading 'no-such-file\.png' gave 1 bytes/,
    make: (good: Dataset) => ({ ...good, read: () => Promise.resolve(Uint8Array.of(1)) }),
  },
  'a path that leads outside': {
    breaks: ['other files'],
    got: /reading '\/etc\/hostname'/,
    make: (good: Dataset) => ({
      ...good,
      read: async (path: string) => (path.startsWith('/') ? readFileSync('/proc/self/comm') : good.read(path)),
    }),
  },
  'a timer for each reader': {
    breaks: ['leaks'],
    got: /x Timeout/,
    make: (good: Dataset) => ({ ...good, cases: () => (leakTimer(), good.cases()) }),
  },
} as const;

describeTeeth<Dataset>('dataset', services.dataset, goodSet, BROKEN_SETS);

const inSet = ({ make, ...rest }: (typeof BROKEN_SETS)[keyof typeof BROKEN_SETS]) => ({
  ...rest,
  make: (good: Importer): Importer => ({
    open: async (source) => (await good.open(source)).map((dataset) => make(dataset)),
  }),
});

const goodImporter = (): Importer => {
  const { open } = fakeImporter([goodSet()]);
  return { open: async (source) => (source === 'toy' ? open(source) : Promise.reject(breach(`nothing at ${source}`))) };
};

describeTeeth<Importer>(
  'importer',
  services.importer,
  goodImporter,
  {
    'a case without a target': inSet(BROKEN_SETS['a case without a target']),
    'an id twice': inSet(BROKEN_SETS['an id twice']),
    'bytes for files that are not there': inSet(BROKEN_SETS['bytes for files that are not there']),
    'two datasets of one name': {
      breaks: ['ranges'],
      got: /two datasets have one name/,
      make: (good) => ({ open: async (source) => [...(await good.open(source)), ...(await good.open(source))] }),
    },
    'a dataset for a source that is not there': {
      breaks: ['no source'],
      got: /1 datasets/,
      make: (good) => ({ open: () => good.open('toy') }),
    },
    'an error without a code': {
      breaks: ['no source'],
      got: /an error without a code: TypeError: no/,
      make: (good) => ({
        open: (source) => (source === 'toy' ? good.open(source) : Promise.reject(new TypeError('no'))),
      }),
    },
    'names that change': {
      breaks: ['determinism'],
      got: /0\.name/,
      make: (good, state = { opened: 0 }) => ({
        open: async (source) => (await good.open(source)).map((set) => ({ ...set, name: `toy ${state.opened++}` })),
      }),
    },
    'a timer a call': inSet(BROKEN_SETS['a timer for each reader']),
  },
  { source: 'toy' },
);

describeTeeth<Observer>('observer', services.observer, recordingObserver, {
  'a promise that nobody waits for': {
    breaks: ['shapes'],
    got: /observe returned something/,
    make: (good) => ({ observe: (event) => Promise.resolve(good.observe(event)) as never }),
  },
  'events changed': {
    breaks: ['purity'],
    got: /the input was changed/,
    make: () => ({ observe: (event) => void Object.assign(event, { type: 'seen' }) }),
  },
  'one answer at a time': {
    breaks: ['any order'],
    got: /an answer is under way already/,
    make: (good, state = { open: false }) => ({
      observe: (event) => {
        if (event.type === 'started' && state.open) throw new Error('an answer is under way already');
        if (event.type === 'started') state.open = true;
        if (event.type === 'done') state.open = false;
        good.observe(event);
      },
    }),
  },
  'types that came later': {
    breaks: ['unknown events'],
    got: /no-such-event/,
    make: (good) => ({
      observe: (event) => {
        if ((event.type as string) === 'no-such-event') throw new Error(`unknown: ${event.type}`);
        good.observe(event);
      },
    }),
  },
  'NaN times': {
    breaks: ['not a number'],
    got: /an error without a code/,
    make: (good) => ({
      observe: (event) => {
        if (event.type === 'done' && Number.isNaN(event.ms)) throw new RangeError('a bar of NaN columns');
        good.observe(event);
      },
    }),
  },
  'a timer an event': {
    breaks: ['leaks'],
    got: /x Timeout/,
    make: (good) => ({ observe: (event) => (leakTimer(), good.observe(event)) }),
  },
});
