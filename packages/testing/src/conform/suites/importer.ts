import { services } from '@sim4seg/core';
import type { Dataset, Importer } from '@sim4seg/core';
import { breach, demand, outcomeOf } from '../breach.js';
import type { Suite, SuiteCheck, Trial } from '../suite.js';
import { datasetChecks, expectCase, firstCases } from './dataset.js';
import type { DatasetAnswer } from './dataset.js';

const sourceOf = ({ settings }: Trial<Importer>): string => settings.source ?? '';

/** A check of datasets, on each dataset that the importer opens. */
const onEach = (check: SuiteCheck<Dataset>): SuiteCheck<Importer> => ({
  ...check,
  run: async (trial) => {
    for (const part of await trial.part.open(sourceOf(trial))) await check.run({ part, settings: trial.settings });
  },
});

/** Datasets behind a source. */
export const importerSuite: Suite<Importer, { readonly source: string }, readonly DatasetAnswer[]> = {
  kind: 'importer',
  service: services.importer,
  abortable: false,
  tolerance: 0,
  lacks: ({ source }) => (source === undefined ? 'there is no source to open' : null),
  inspect: ({ open }) => demand(typeof open === 'function', 'it has no open(source)'),
  input: (variety, _seed, trial) => (variety === 'ordinary' ? { source: sourceOf(trial) } : null),
  call: async (importer, { source }) => {
    const answers: DatasetAnswer[] = [];
    for (const dataset of await importer.open(source)) answers.push(await firstCases(dataset));
    return answers;
  },
  expectShapes: (answers) => {
    demand(answers.length > 0, 'no dataset');
    for (const { name, cases, files } of answers) {
      demand(typeof name === 'string' && name !== '', `a dataset has the name ${String(name)}`);
      for (const record of cases) expectCase(record);
      demand(
        files.every((bytes) => bytes instanceof Uint8Array),
        'read() gave no bytes',
      );
    }
  },
  expectRanges: (answers) => {
    demand(
      answers.some(({ cases }) => cases.length > 0),
      'no case in any dataset',
    );
    demand(new Set(answers.map(({ name }) => name)).size === answers.length, 'two datasets have one name');
    demand(
      answers.every(({ files }) => files.every(({ length }) => length > 0)),
      'read() gave an empty file',
    );
  },
  checks: [
    ...datasetChecks.map(onEach),
    {
      name: 'no source',
      must: 'A source that is not there is refused with a code',
      fix: 'throw a Sim4SegError that names the source',
      run: async (trial) => {
        const outcome = await outcomeOf(() => trial.part.open(`${sourceOf(trial)}/no-such-source`));
        if (!('refused' in outcome)) throw breach(`${outcome.value.length} datasets`);
      },
    },
  ],
};
