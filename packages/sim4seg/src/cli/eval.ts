import { Sim4SegError } from '@sim4seg/core';
import { writeFileAtomic } from '@sim4seg/compute/node';
import { evaluate } from '@sim4seg/trainer';
import { dirname } from 'node:path';
import { makeFolder } from '../output/write-answer.js';
import { createSim4Seg } from '../sdk/create-sim4seg.js';
import { caseAnswerer } from '../sdk/case-answerer.js';
import { reportTable } from './eval-table.js';
import { interruptSignal } from './interrupt.js';
import { chooseConfig } from './options.js';
import type { ModelOptions } from './options.js';
import { printAnnouncement } from './print-announcement.js';

interface EvalOptions extends ModelOptions {
  readonly cases: readonly string[];
  readonly split?: string;
  readonly json?: string;
  readonly save?: string;
  readonly otherTargets?: boolean;
}

/** `sim4seg eval`. @throws what opening and reading throw; CASES_INVALID when no case could be answered */
export async function evalCommand(options: EvalOptions): Promise<void> {
  const config = await chooseConfig(options);
  await using model = await createSim4Seg(config.tree, { folder: config.folder, onAnnounce: printAnnouncement });
  let done = 0;
  const report = await evaluate({
    answer: caseAnswerer(model),
    datasets: options.cases,
    split: options.split,
    save: options.save,
    askWrongTargets: options.otherTargets ?? false,
    signal: interruptSignal(),
    onCase: () => showProgress(++done),
  });
  if (process.stderr.isTTY) process.stderr.write('\n');
  for (const { dataset, id, code, message } of report.failed)
    process.stderr.write(`${dataset}/${id}: ${code}: ${message}\n`);
  if (options.json !== undefined) {
    await makeFolder(dirname(options.json));
    await writeFileAtomic(options.json, `${JSON.stringify(report, null, 2)}\n`);
  }
  expectSomeAnswer(done, report.failed);
  process.stdout.write(reportTable(report));
}

function showProgress(done: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${done} cases`);
  else if (done % 100 === 0) process.stderr.write(`${done} cases\n`);
}

/** @throws the code of the first failure where nothing was answered */
function expectSomeAnswer(done: number, failed: readonly { code: string; message: string }[]): void {
  const [first] = failed;
  if (done > failed.length || (!first && done > 0)) return;
  throw new Sim4SegError(first?.code === 'PATH_OUTSIDE' ? 'PATH_OUTSIDE' : 'CASES_INVALID', {
    must: 'At least one case must be answered',
    got: first ? first.message : 'no case of this split',
    fix: 'correct the cases, or choose another split',
  });
}
