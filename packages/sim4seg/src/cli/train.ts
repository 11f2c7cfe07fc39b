import { fileURLToPath } from 'node:url';
import { spawnTrainingProcess } from '@sim4seg/trainer';

interface TrainCommandOptions {
  readonly config: string;
  readonly out: string;
  readonly resume?: boolean;
  readonly set: readonly string[];
  readonly debug?: boolean;
  /** Prints errors only. */
  readonly quiet?: boolean;
}

/** `sim4seg train`. */
export async function trainCommand(options: TrainCommandOptions): Promise<void> {
  process.exitCode = await runTraining(options);
}

/** Trains in a process of its own, because the allocator's settings are read at its start; gives its exit code. */
export async function runTraining({ quiet = false, ...options }: TrainCommandOptions): Promise<number> {
  // From source the neighbour has the extension that this file has.
  const script = fileURLToPath(new URL(`./train-process${import.meta.url.slice(-3)}`, import.meta.url));
  const child = spawnTrainingProcess(script, [JSON.stringify(options)], {
    environment: process.env,
    execArgv: process.execArgv,
    stdio: ['inherit', quiet ? 'ignore' : 'inherit', 'inherit', 'ipc'],
  });
  const pass = (signal: NodeJS.Signals) => (): void => void child.kill(signal);
  // A terminal sends Ctrl-C to both processes; the child must not get it twice.
  const interrupt = process.stdin.isTTY ? (): void => undefined : pass('SIGINT');
  const terminate = pass('SIGTERM');
  process.on('SIGINT', interrupt).on('SIGTERM', terminate);
  try {
    return await new Promise<number>((done, fail) => {
      child.once('error', fail);
      child.once('close', (code) => done(code ?? 99));
    });
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', terminate);
  }
}
