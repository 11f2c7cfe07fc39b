import { createHost, resolveConfig } from '@sim4seg/core';
import { train } from '@sim4seg/trainer';
import type { TrainConfig } from '@sim4seg/trainer';
import { loadPluginModules } from '../config/plugin-modules.js';
import { PRODUCT_PRESET } from '../sdk/presets.js';
import { loadTrainablePlugins } from '../sdk/shipped-plugins.js';
import { interruptSignal } from './interrupt.js';
import { chooseConfig } from './options.js';
import { errorParagraph, exitCodeFor } from './report-error.js';
import { trainingPrinter } from './training-printer.js';

interface TrainProcessOptions {
  readonly config: string;
  readonly out: string;
  readonly resume?: boolean;
  readonly set: readonly string[];
  readonly debug?: boolean;
}

/** Trains with the same plugin values, through the same host, as the product answers with. */
async function trainProcess(options: TrainProcessOptions): Promise<void> {
  const { tree, folder } = await chooseConfig(options);
  const config = resolveConfig(tree, PRODUCT_PRESET);
  const own = await loadPluginModules(config.plugins, { configFolder: folder, workingFolder: process.cwd() });
  const host = createHost([...(await loadTrainablePlugins()), ...own]);
  const signal = interruptSignal();
  await train({
    config: config as unknown as TrainConfig,
    plugins: host.plugins,
    out: options.out,
    baseFolder: folder,
    resume: options.resume ?? false,
    observe: trainingPrinter(process.stdout),
    signal,
  });
}

const options = JSON.parse(process.argv[2] ?? '{}') as TrainProcessOptions;
// When the command that started this process is gone, nobody waits for the result; the newest checkpoint is on disk.
process.on('disconnect', () => process.exit(1));
try {
  await trainProcess(options);
} catch (error) {
  process.stderr.write(`${errorParagraph(error, { debug: options.debug ?? false })}\n`);
  process.exitCode = exitCodeFor(error);
} finally {
  process.removeAllListeners('disconnect');
  if (process.connected) process.disconnect();
}
