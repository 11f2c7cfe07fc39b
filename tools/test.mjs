// `npm test`: installs, builds, checks and tests; the last line is `N passed, N failed`.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build, install, root, run } from './prepare.mjs';

const bin = (name) => join(root, 'node_modules/.bin', name);
const totals = { passed: 0, failed: 0 };
const count = (name, ok) => {
  totals[ok ? 'passed' : 'failed']++;
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${name}`);
};

const check = (name, command, args) => {
  console.log(`\n- ${name}`);
  count(name, run(command, args) === 0);
};

const unitTests = () => {
  console.log('\n- tests');
  mkdirSync(join(root, 'coverage'), { recursive: true });
  const report = join(root, 'coverage/vitest.json');
  rmSync(report, { force: true });
  const code = run(bin('vitest'), ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]);
  if (!existsSync(report)) return count('vitest wrote a report', false);
  const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8'));
  totals.passed += numPassedTests;
  totals.failed += numFailedTests;
  // A file that cannot be imported fails the run without failing a test.
  if (code !== 0 && numFailedTests === 0) count('every test file ran', false);
};

install();
build();
check('layers', process.execPath, ['tools/checks/layers.mjs']);
check('lengths', process.execPath, ['tools/checks/lengths.mjs']);
check('dead exports', process.execPath, ['tools/checks/dead-exports.mjs']);
check('error codes', process.execPath, ['tools/checks/error-docs.mjs']);
check('licences', process.execPath, ['tools/checks/licences.mjs']);
// No rule looks into another file, so that what has not changed need not be looked at again.
const cache = (tool) => [
  '--cache',
  '--cache-strategy',
  'content',
  '--cache-location',
  `node_modules/.cache/${tool}/sim4seg`,
];
check('lint', bin('eslint'), [...cache('eslint'), '.']);
check('formatting', bin('prettier'), [...cache('prettier'), '--check', '--log-level', 'warn', '.']);
unitTests();
check('API reports', process.execPath, ['tools/api/main.mjs', '--check']);
check('docs', bin('typedoc'), ['--emit', 'none']);
console.log(`\n${totals.passed} passed, ${totals.failed} failed`);
process.exit(totals.failed === 0 ? 0 : 1);
