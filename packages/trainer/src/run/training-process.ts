import { spawn } from 'node:child_process';
import type { ChildProcess, SpawnOptions } from 'node:child_process';

const BYTES_1_GB = 2 ** 30;

/**
 * Environment of a process that trains: the allocator keeps big buffers instead of giving them back, because a page
 * fault costs more than the arithmetic on the page. Read by glibc at start, so it cannot be set from inside.
 * @source measured; see the design notes of compute (fresh buffers are slow)
 */
export const TRAINING_ENVIRONMENT: Readonly<Record<string, string>> = {
  MALLOC_MMAP_THRESHOLD_: String(4 * BYTES_1_GB),
  MALLOC_TRIM_THRESHOLD_: String(16 * BYTES_1_GB),
  MALLOC_TOP_PAD_: String(BYTES_1_GB / 4),
};

/**
 * Starts a script as the process that trains, with {@link TRAINING_ENVIRONMENT} on top of `environment`.
 * It stays in the process group of its parent, so that both end together.
 */
export function spawnTrainingProcess(
  script: string,
  args: readonly string[],
  {
    environment,
    execArgv = [],
    stdio = 'inherit',
  }: {
    environment: Readonly<Record<string, string | undefined>>;
    execArgv?: readonly string[];
    stdio?: SpawnOptions['stdio'];
  },
): ChildProcess {
  const env = { ...environment, ...TRAINING_ENVIRONMENT };
  return spawn(process.execPath, [...execArgv, script, ...args], { env, stdio });
}
