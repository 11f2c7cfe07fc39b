import { existsSync } from 'node:fs';
import { Checker, type CaseRunner, type Comparison } from './checker.js';
import { engineNames, openEngine } from './engines.js';
import type { EngineName } from './engines.js';
import { loadCase } from './load-case.js';

/** Outcome of one case folder. */
export interface CaseResult {
  readonly folder: string;
  readonly name: string;
  readonly comparisons: readonly Comparison[];
  /** Why the case fails; empty where it passes. */
  readonly problems: readonly string[];
}

/**
 * Runs one case folder: a file `cases/<case>.ts` for the `case` of its config. Programs and training steps are held to
 * the stored values on every engine named. Never throws.
 */
export async function runCase(folder: string, names: readonly EngineName[] = engineNames): Promise<CaseResult> {
  const engines = names.map(openEngine);
  const result = { folder, name: folder, comparisons: [] as readonly Comparison[] };
  try {
    const reference = await loadCase(folder);
    result.name = reference.name;
    const run = await findRunner(String(reference.config['case']));
    if (!run) return { ...result, problems: [`the case "${String(reference.config['case'])}" is unknown`] };
    const check = new Checker(reference);
    result.comparisons = check.comparisons;
    await run(reference, check, engines);
    return { ...result, problems: problemsOf(check) };
  } catch (error) {
    return { ...result, problems: [error instanceof Error ? error.message : String(error)] };
  } finally {
    for (const engine of engines) await engine.release();
  }
}

async function findRunner(name: string): Promise<CaseRunner | undefined> {
  const file = new URL(`./cases/${name}.ts`, import.meta.url);
  if (!/^[a-z0-9-]+$/.test(name) || !existsSync(file)) return undefined;
  return ((await import(file.href)) as { readonly run: CaseRunner }).run;
}

function problemsOf({ comparisons, skipped }: Checker): readonly string[] {
  const failed = comparisons.filter(({ passed }) => !passed).map(describe);
  const missed = skipped.map((name) => `${name} was not compared`);
  return comparisons.length ? [...failed, ...missed] : ['nothing was compared', ...missed];
}

function describe({ name, closeness, remark }: Comparison): string {
  const { worstIndex, actual, expected } = closeness;
  return `${name}: ${remark || `[${worstIndex}] is ${actual} instead of ${expected}`}`;
}
