/** `npm run parity -- [--engine eager|compiled] <folder>...`: compares with reference values; the last line counts cases, passed and failed. */
import { parseArgs } from 'node:util';
import { discoverCases } from './discover.js';
import { engineNames, type EngineName } from './engines.js';
import { runCase, type CaseResult } from './run-case.js';

const shownProblems = 8;

/** Largest absolute and relative difference, and the tolerance of the comparison that used most of its own. */
function summary({ comparisons }: CaseResult): string {
  const maxOf = (pick: (comparison: CaseResult['comparisons'][number]) => number) =>
    Math.max(0, ...comparisons.map(pick)).toExponential(1);
  const tolerances = new Set(comparisons.map(({ tolerance: { atol, rtol } }) => `${atol} + ${rtol}|r|`));
  const shown = [...tolerances].slice(0, 2).join(', ') + (tolerances.size > 2 ? ', ...' : '');
  const differences = `abs ${maxOf(({ closeness }) => closeness.maxAbs)}  rel ${maxOf(({ closeness }) => closeness.maxRel)}`;
  return `${String(comparisons.length).padStart(4)} tensors  ${differences}  allowed ${shown}`;
}

function print(result: CaseResult): void {
  const verdict = result.problems.length ? 'FAILED' : 'passed';
  console.log(`${result.name.padEnd(28)} ${summary(result)}  ${verdict}`);
  for (const problem of result.problems.slice(0, shownProblems)) console.log(`    ${problem}`);
  const more = result.problems.length - shownProblems;
  if (more > 0) console.log(`    and ${more} more`);
}

/** Folders, and the engines that are asked for: all without `--engine`. */
function parse(args: readonly string[]): {
  readonly paths: readonly string[];
  readonly engines: readonly EngineName[];
} {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { engine: { type: 'string' } },
  });
  const engines = engineNames.filter((name) => name === (values.engine ?? name));
  if (!engines.length) console.log(`--engine is ${engineNames.join(' or ')}, not ${values.engine}`);
  return { paths: engines.length ? positionals : [], engines };
}

async function main(args: readonly string[]): Promise<number> {
  const { paths, engines } = parse(args);
  const folders = (await Promise.all(paths.map(discoverCases))).flat();
  const results: CaseResult[] = [];
  for (const folder of folders) {
    const result = await runCase(folder, engines);
    results.push(result);
    print(result);
  }
  const failed = results.filter(({ problems }) => problems.length).length;
  if (!folders.length) console.log(`no case in ${paths.join(', ') || 'nothing: name a folder of cases'}`);
  console.log(`${results.length} cases, ${results.length - failed} passed, ${failed} failed`);
  return failed || !folders.length ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
