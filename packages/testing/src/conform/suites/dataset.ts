import { services } from '@sim4seg/core';
import type { CaseRecord, Dataset } from '@sim4seg/core';
import { breach, demand, outcomeOf } from '../breach.js';
import type { Suite, SuiteCheck, Trial } from '../suite.js';

/** So many cases are looked at; a dataset may have millions. */
const LOOKED_AT = 4;

interface DatasetAnswer {
  readonly name: string;
  readonly cases: readonly CaseRecord[];
  /** Encoded bytes of the images and masks of these cases. */
  readonly files: readonly Uint8Array[];
}

/** The first cases with their files; reading ends in the middle, as it does where a reader has seen enough. */
async function firstCases(dataset: Dataset): Promise<DatasetAnswer> {
  const cases: CaseRecord[] = [];
  for await (const record of dataset.cases()) {
    cases.push(record);
    if (cases.length === LOOKED_AT) break;
  }
  const paths = cases.flatMap(({ image, mask }) => (mask ? [image, mask] : [image]));
  const files: Uint8Array[] = [];
  for (const path of paths) files.push(await dataset.read(path));
  return { name: dataset.name, cases, files };
}

const TEXTS = ['id', 'image', 'modality', 'anatomy', 'target'] as const;

function expectCase(record: CaseRecord): void {
  for (const field of TEXTS) {
    demand(typeof record[field] === 'string' && record[field] !== '', `${field} of a case is ${String(record[field])}`);
  }
  demand(typeof record.split === 'string', `split of a case is ${String(record.split)}`);
  for (const field of ['mask', 'diagnosis', 'patient'] as const) {
    const value = record[field];
    demand(
      value === null || value === undefined || typeof value === 'string',
      `${field} of a case is ${String(value)}`,
    );
  }
}

async function expectRefused(dataset: Dataset, path: string): Promise<void> {
  const outcome = await outcomeOf(() => dataset.read(path));
  if (!('refused' in outcome)) throw breach(`reading '${path}' gave ${outcome.value?.length} bytes`);
}

async function idsOf(dataset: Dataset, most = Number.POSITIVE_INFINITY): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of dataset.cases()) if (ids.push(id) >= most) break;
  return ids;
}

async function expectIndependent({ part }: Trial<Dataset>): Promise<void> {
  const [first, second] = [part.cases()[Symbol.asyncIterator](), part.cases()[Symbol.asyncIterator]()];
  const [a, b] = [await first.next(), await second.next()];
  const ids = [a, b].map((step) => (step.done ? null : step.value.id));
  await Promise.all([first.return?.(), second.return?.()]);
  demand(ids[0] === ids[1], `two readers at once begin with ${ids.join(' and ')}`);
}

/** Checks of a dataset; an importer makes them on what it opens. */
export const datasetChecks: readonly SuiteCheck<Dataset>[] = [
  {
    name: 'ids',
    must: 'No id is used twice, also not in other letters',
    fix: 'make ids of the whole path of a case',
    run: async ({ part }) => {
      const ids = (await idsOf(part, 10_000)).map((id) => id.toLowerCase());
      const twice = ids.find((id, i) => ids.indexOf(id) !== i);
      demand(twice === undefined, `'${twice}' twice`);
    },
  },
  {
    name: 'readers',
    must: 'Readers do not disturb each other',
    fix: 'start anew in each call of cases()',
    run: expectIndependent,
  },
  {
    name: 'other files',
    must: 'A file that is not there, and one outside the dataset, are refused with a code',
    fix: 'resolve paths inside the folder of the dataset and throw a Sim4SegError',
    run: async ({ part }) => {
      for (const path of ['no-such-file.png', '../outside.png', '/etc/hostname']) await expectRefused(part, path);
    },
  },
];

/** Cases and the bytes of their files. */
export const datasetSuite: Suite<Dataset, { readonly seed: number }, DatasetAnswer> = {
  kind: 'dataset',
  service: services.dataset,
  abortable: false,
  tolerance: 0,
  inspect: ({ name }) => demand(typeof name === 'string' && name !== '', `name is ${String(name)}`),
  // What a dataset holds is up to its options: other inputs are other datasets.
  input: (variety, seed) => (variety === 'ordinary' ? { seed } : null),
  call: (dataset) => firstCases(dataset),
  expectShapes: ({ cases, files }) => {
    for (const record of cases) expectCase(record);
    demand(
      files.every((bytes) => bytes instanceof Uint8Array),
      'read() gave no bytes',
    );
  },
  expectRanges: ({ files }) =>
    demand(
      files.every(({ length }) => length > 0),
      'read() gave an empty file',
    ),
  checks: datasetChecks,
};

export { expectCase, firstCases };
export type { DatasetAnswer };
