// `npm run audit`: known weaknesses of production dependencies, each of which needs a decision in docs/security/audit.md.
// Exits with 1 where one has none; where the registry does not answer audits, it says so and exits with 0.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** `GHSA id -> what npm says of it`, from npm's report; null where there is no report. */
export const findingsOf = (text) => {
  const report = parse(text);
  if (report?.vulnerabilities === undefined) return null;
  const advisories = Object.values(report.vulnerabilities).flatMap(({ via }) =>
    via.filter((one) => typeof one === 'object'),
  );
  return new Map(
    advisories.map(({ url = '', title, name, severity }) => [
      /GHSA-[\w-]+/.exec(url)?.[0] ?? url,
      `${name}, ${severity}: ${title}`,
    ]),
  );
};

const parse = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

/** Findings of which the page of decisions says nothing. */
export const undecided = (findings, page) => [...findings].filter(([id]) => !page.includes(id));

const audit = () => {
  const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
    cwd: root,
    encoding: 'utf8',
    timeout: 120_000,
  });
  const findings = findingsOf(stdout);
  if (findings === null) {
    console.log('the registry does not answer audits: nothing was compared');
    return 0;
  }
  const open = undecided(findings, readFileSync(join(root, 'docs/security/audit.md'), 'utf8'));
  for (const [id, text] of open) console.log(`${id}: ${text}`);
  console.log(`${findings.size} findings, ${open.length} without a decision in docs/security/audit.md`);
  return open.length === 0 ? 0 : 1;
};

if (import.meta.url === pathToFileURL(process.argv[1]).href) process.exit(audit());
