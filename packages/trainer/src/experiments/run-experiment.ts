import { existsSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expectNotAborted } from '@sim4seg/core';
import { writeFileAtomic } from '@sim4seg/compute/node';
import type { EvaluationReport } from '../evaluate/evaluation-report.js';
import type { ExperimentArm } from './arm.js';

/** How an experiment trains and asks; both are the commands that users have. */
export interface ExperimentPorts {
  /** Trains into a folder, or goes on there, and gives the bundle. */
  train(request: { readonly sets: readonly string[]; readonly seed: number; readonly out: string }): Promise<string>;
  /** Evaluates a bundle. */
  ask(request: {
    readonly bundle: string;
    readonly sets: readonly string[];
    readonly seed: number;
  }): Promise<EvaluationReport>;
}

export interface RunExperimentOptions {
  readonly arms: readonly ExperimentArm[];
  readonly seeds: readonly number[];
  readonly out: string;
  readonly ports: ExperimentPorts;
  readonly onArm?: (done: { readonly arm: string; readonly seed: number; readonly gIoU: number | null }) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Means over the datasets of one arm at one seed, in percent. */
export interface ArmResult {
  readonly arm: string;
  readonly seed: number;
  readonly gIoU: number | null;
  readonly accuracy: number | null;
  readonly presence: number | null;
}

/**
 * Runs every arm at every seed. What is done is kept in the folder and not done again, so that an experiment of hours may
 * be stopped at any time.
 */
export async function runExperiment(options: RunExperimentOptions): Promise<ArmResult[]> {
  const results: ArmResult[] = [];
  await mkdir(join(options.out, 'results'), { recursive: true });
  for (const seed of options.seeds) {
    for (const arm of options.arms) {
      expectNotAborted(options.signal);
      const result = await resultOf(arm, seed, options);
      results.push(result);
      options.onArm?.(result);
    }
  }
  return results;
}

async function resultOf(arm: ExperimentArm, seed: number, { out, ports }: RunExperimentOptions): Promise<ArmResult> {
  const path = join(out, 'results', `${arm.name.replace(/[^a-z0-9]+/g, '-')}-seed-${seed}.json`);
  const stored = storedResult(path);
  if (stored) return stored;
  const run = join(out, 'runs', `${arm.training}-seed-${seed}`);
  const bundle = await trainedBundle(run, arm, seed, ports);
  const { macro } = await ports.ask({ bundle, sets: arm.ask, seed });
  const { gIoU, accuracy, presence } = macro;
  const result: ArmResult = { arm: arm.name, seed, gIoU, accuracy, presence };
  await writeFileAtomic(path, `${JSON.stringify(result)}\n`);
  return result;
}

/** A run whose bundle is written is over: other arms ask the same model. */
async function trainedBundle(run: string, arm: ExperimentArm, seed: number, ports: ExperimentPorts): Promise<string> {
  const done = join(run, 'bundle', 'manifest.json');
  return existsSync(done) ? join(run, 'bundle') : ports.train({ sets: arm.train, seed, out: run });
}

function storedResult(path: string): ArmResult | null {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as ArmResult) : null;
}
