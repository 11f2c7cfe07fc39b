import { interruptSignal } from './interrupt.js';
import { errorParagraph, exitCodeFor } from './report-error.js';
import { trainRun } from './train-run.js';
import type { TrainRunOptions } from './train-run.js';
import { trainingPrinter } from './training-printer.js';

const options = JSON.parse(process.argv[2] ?? '{}') as TrainRunOptions & { readonly debug?: boolean };
// When the command that started this process is gone, nobody waits for the result; the newest checkpoint is on disk.
process.on('disconnect', () => process.exit(1));
try {
  await trainRun(options, { observe: trainingPrinter(process.stdout), signal: interruptSignal() });
} catch (error) {
  process.stderr.write(`${errorParagraph(error, { debug: options.debug ?? false })}\n`);
  process.exitCode = exitCodeFor(error);
} finally {
  process.removeAllListeners('disconnect');
  if (process.connected) process.disconnect();
}
