import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { promisify } from 'node:util';
import { writeFileAtomic } from '@sim4seg/compute/node';
import type { ResolvedTraining, TrainConfig } from '../config/resolve-training.js';

/** What `run.json` keeps of a run. */
export interface RunRecord {
  readonly schemaVersion: 1;
  /** As it was when the run began. */
  readonly config: TrainConfig;
  /** With all defaults. */
  readonly resolved: ResolvedTraining;
  readonly seed: number;
  /** Every start of the run, first to last. */
  readonly sessions: readonly RunSession[];
}

/** One start of a run. */
export interface RunSession {
  readonly startedAt: string;
  readonly resumedAt: number;
  /** Commit of the folder that the run was started in; null outside git. */
  readonly gitRevision: string | null;
  /** Whether files differed from that commit. */
  readonly gitChanged: boolean | null;
  readonly environment: {
    readonly node: string;
    readonly platform: string;
    readonly cpu: string;
    readonly cores: number;
    readonly memoryBytes: number;
    readonly engine: string;
  };
}

/** Reads `run.json`; null where there is none that can be read. */
export async function readRunRecord(path: string): Promise<RunRecord | null> {
  try {
    const record = JSON.parse(await readFile(path, 'utf8')) as RunRecord;
    return record.schemaVersion === 1 ? record : null;
  } catch {
    return null;
  }
}

/** Writes `run.json`, or adds this start to it. @throws DISK_FULL, WRITE_FAILED */
export async function recordSession(
  path: string,
  { config, resolved, resumedAt }: { config: TrainConfig; resolved: ResolvedTraining; resumedAt: number },
): Promise<void> {
  const before = resumedAt > 0 ? await readRunRecord(path) : null;
  const session = await describeSession(config, resumedAt);
  const record: RunRecord = {
    schemaVersion: 1,
    config: before?.config ?? config,
    resolved: before?.resolved ?? resolved,
    seed: config.seed,
    sessions: [...(before?.sessions ?? []), session],
  };
  await writeFileAtomic(path, `${JSON.stringify(record, null, 2)}\n`);
}

async function describeSession({ engine }: TrainConfig, resumedAt: number): Promise<RunSession> {
  const status = await git(['status', '--porcelain', '--untracked-files=no']);
  return {
    startedAt: new Date().toISOString(),
    resumedAt,
    gitRevision: await git(['rev-parse', 'HEAD']),
    gitChanged: status === null ? null : status !== '',
    environment: {
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: availableParallelism(),
      memoryBytes: totalmem(),
      engine: JSON.stringify(engine ?? { use: 'ort', providers: ['cpu'] }),
    },
  };
}

const GIT_MS = 5000;

async function git(args: readonly string[]): Promise<string | null> {
  const done = await promisify(execFile)('git', [...args], { timeout: GIT_MS }).catch(() => null);
  return done ? done.stdout.trim() : null;
}
