// Judges the three presence plugins on the same answers: phantoms of val, and cases of val folders where there are any.
// node --conditions=sim4seg-source --import tsx tools/study-presence.ts [phantoms a kind] [cases a folder] [folder ...]
import { basename } from 'node:path';
import { presenceHeadPlugin } from '@sim4seg/decoders';
import { canonicalQuestion, createSim4Seg, definePlugin, encodePng, makePhantom, services } from 'sim4seg';
import type { Presence } from 'sim4seg';
import { segToken } from '@sim4seg/backbones';
import type { PresenceEvidence, PresenceJudge } from '@sim4seg/core';
import { isAbsentDiagnosis, readCases } from '@sim4seg/data';
import { mapStatistic, similarityPeakPlugin } from '@sim4seg/rvls2m';
import { z } from 'zod';

interface Asked {
  readonly group: string;
  readonly present: boolean;
  readonly image: Uint8Array | string;
  readonly question: string;
}

interface Seen {
  readonly group: string;
  readonly present: boolean;
  readonly evidence: readonly PresenceEvidence[];
}

/** Phantoms with a target, without it, and with another one. */
async function* phantoms(count: number): AsyncGenerator<Asked> {
  for (const kind of ['dermoscopy', 'breast-ultrasound'] as const) {
    for (let seed = 0; seed < count; seed++) {
      const { picture, targets } = makePhantom(kind, 500 + seed, { split: 'val' });
      const image = await encodePng(picture);
      for (const target of targets) {
        yield { group: `phantoms, ${kind}`, present: target.present, image, question: canonicalQuestion(target) };
      }
    }
  }
}

/** Cases of val: all without the target, and about twice as many with it. */
async function* cases(folder: string, count: number): AsyncGenerator<Asked> {
  const all = await readCases(folder, { split: 'val' });
  const isAbsent = (diagnosis: string | null | undefined): boolean => !!diagnosis && isAbsentDiagnosis(diagnosis);
  const absent = all.filter(({ record }) => isAbsent(record.diagnosis));
  const present = all.filter(({ record }) => !isAbsent(record.diagnosis));
  for (const one of [...absent.slice(0, count), ...present.slice(0, 2 * count)]) {
    const question = canonicalQuestion(one.record);
    yield { group: basename(folder), present: !isAbsent(one.record.diagnosis), image: one.imagePath, question };
  }
}

const judgeOf = ({
  create,
  optionsSchema,
}: typeof presenceHeadPlugin | typeof similarityPeakPlugin | typeof segToken) =>
  create({ needs: {}, options: optionsSchema.parse({}) as never }) as PresenceJudge;
const judges: Readonly<Record<string, PresenceJudge>> = {
  'seg-token': judgeOf(segToken),
  'presence-head': judgeOf(presenceHeadPlugin),
  'similarity-peak': judgeOf(similarityPeakPlugin),
};
const STATISTICS = ['peakZ', 'separability', 'peak'] as const;

/** A judge that says what it saw; its verdict lets every mask through. */
let last: readonly PresenceEvidence[] = [];
const recorder = definePlugin({
  id: 'recorder',
  contractVersion: '1',
  needs: {},
  provides: services.presenceJudge,
  optionsSchema: z.strictObject({}),
  create: (): PresenceJudge => ({
    judge: (evidence) => {
      last = evidence;
      return { presence: 'unsure', presentProb: 0.5 };
    },
  }),
});

/** Probability that a present case scores higher than an absent one; null where a side is empty. */
function auc(seen: readonly Seen[], score: (one: Seen) => number): number | null {
  const [present, absent] = [true, false].map((is) => seen.filter((one) => one.present === is).map(score));
  if (!present!.length || !absent!.length) return null;
  const wins = present!.flatMap((p) => absent!.map((a) => (p > a ? 1 : p === a ? 0.5 : 0)) as number[]);
  return wins.reduce((sum, win) => sum + win, 0) / wins.length;
}

const share = (part: number, whole: number): string => (whole ? `${part}/${whole}` : '-');
const percent = (value: number | null): string => (value === null ? '-' : (100 * value).toFixed(0));

function judgeRow(name: string, judge: PresenceJudge, group: string, seen: readonly Seen[]): string {
  const right = (is: boolean, wanted: Presence): [number, number] => {
    const those = seen.filter(({ present }) => present === is);
    return [those.filter(({ evidence }) => judge.judge(evidence).presence === wanted).length, those.length];
  };
  const [present, absent] = [right(true, 'present'), right(false, 'absent')];
  const balanced = present[1] && absent[1] ? (present[0] / present[1] + absent[0] / absent[1]) / 2 : null;
  const area = auc(seen, ({ evidence }) => judge.judge(evidence).presentProb);
  return `| ${group} | ${name} | ${share(...present)} | ${share(...absent)} | ${percent(balanced)} | ${percent(area)} |`;
}

/** The threshold with the best balanced accuracy, halfway between two neighbouring values. */
function bestThreshold(seen: readonly { present: boolean; value: number }[]): { at: number; balanced: number } {
  const values = [...new Set(seen.map(({ value }) => value))].sort((a, b) => a - b);
  const rate = (is: boolean, at: number): number => {
    const those = seen.filter(({ present }) => present === is);
    return those.filter(({ value }) => value >= at === is).length / Math.max(1, those.length);
  };
  return values
    .map((value, i) => (value + (values[i - 1] ?? value)) / 2)
    .map((at) => ({ at, balanced: (rate(true, at) + rate(false, at)) / 2 }))
    .reduce((best, one) => (one.balanced > best.balanced ? one : best));
}

function statisticRow(group: string, seen: readonly Seen[], statistic: (typeof STATISTICS)[number]): string {
  const mapped = seen.flatMap(({ present, evidence }) => {
    const value = evidence[0] ? mapStatistic(evidence[0], statistic) : null;
    return value === null ? [] : [{ present, value }];
  });
  const [present, absent] = [true, false].map((is) =>
    mapped.filter((one) => one.present === is).map((one) => one.value),
  );
  if (!present!.length || !absent!.length) return `| ${group} | ${statistic} | ${mapped.length} | - | - | - |`;
  const mean = (values: readonly number[]): string =>
    (values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(2);
  const { at, balanced } = bestThreshold(mapped);
  const means = `${mean(present!)} / ${mean(absent!)}`;
  return `| ${group} | ${statistic} | ${present!.length} + ${absent!.length} | ${means} | ${at.toFixed(2)} | ${percent(balanced)} |`;
}

const [phantomCount = '12', caseCount = '10', ...folders] = process.argv.slice(2);
const seen: Seen[] = [];
await using model = await createSim4Seg({ presence: { use: 'recorder' } }, { plugins: [recorder] });
async function* everything(): AsyncGenerator<Asked> {
  yield* phantoms(Number(phantomCount));
  for (const folder of folders) yield* cases(folder, Number(caseCount));
}
for await (const { group, present, image, question } of everything()) {
  await model.diagnose({ image, question }).result();
  seen.push({ group, present, evidence: last });
}
const groups = [...new Set(seen.map(({ group }) => group))];
const of = (group: string): Seen[] => seen.filter((one) => one.group === group);
console.log('| cases | judge | present found | absent refused | balanced % | AUC % |\n|---|---|---|---|---|---|');
for (const group of groups) {
  for (const [name, judge] of Object.entries(judges)) console.log(judgeRow(name, judge, group, of(group)));
}
console.log(
  '\n| cases | statistic | maps | mean present / absent | best threshold | balanced % |\n|---|---|---|---|---|---|',
);
for (const group of groups) for (const statistic of STATISTICS) console.log(statisticRow(group, of(group), statistic));
