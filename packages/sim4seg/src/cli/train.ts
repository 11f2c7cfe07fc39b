import { fileURLToPath } from 'node:url';
import { spawnTrainingProcess } from '@sim4seg/trainer';

interface TrainCommandOptions {
  readonly config: string;
  readonly out: string;
  readonly resume?: boolean;
  readonly set: readonly string[];
  readonly debug?: boolean;
}

/** `sim4seg train`: trains in a process of its own, because the allocator's settings are read at its start. */
export async function trainCommand(options: TrainCommandOptions): Promise<void> {
  // From source the neighbour has the extension that this file has.
  const script = fileURLToPath(new URL(`./train-process${import.meta.url.slice(-3)}`, import.meta.url));
  const child = spawnTrainingProcess(script, [JSON.stringify(options)], {
    environment: process.env,
    execArgv: process.execArgv,
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  const pass = (signal: NodeJS.Signals) => (): void => void child.kill(signal);
  // A terminal sends Ctrl-C to both processes; the child must not get it twice.
  process.on('SIGINT', process.stdin.isTTY ? () => undefined : pass('SIGINT'));
  process.on('SIGTERM', pass('SIGTERM'));
  process.exitCode = await new Promise<number>((done, fail) => {
    child.once('error', fail);
    child.once('close', (code) => done(code ?? 99));
  });
}
