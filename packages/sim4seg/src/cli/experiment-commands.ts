import type { Command } from 'commander';
import { collect } from './collect.js';

/** `sim4seg experiment ...`; each loads its own code only when it runs. */
export function addExperiments(program: Command): void {
  const experiments = program
    .command('experiment')
    .description('run experiments of the paper; reports say what came out');
  experiments
    .command('zero-shot')
    .description('do similarity maps point at the target, against chance?')
    .requiredOption('--cases <path...>', 'case folders')
    .requiredOption('--out <dir>', 'folder of the report')
    .option('--split <name>', 'only cases of this split')
    .option('--most <n>', 'the first cases with a target of each set')
    .option('--config <file>', 'config file, JSON or YAML')
    .option('--set <path=value>', 'change one value of the config; may be repeated', collect, [])
    .option('--bundle <B>', 'bundle folder or package')
    .option('--debug', 'print stack traces')
    .action(async (options) => (await import('./zero-shot.js')).zeroShotCommand(options));
  addTrained(experiments, 'grid', 'cells a side and number of chosen cells of the region prior')
    .option('--grids <list>', 'cells a side', '8,16,32,64')
    .option('--top-n <list>', 'chosen cells when the model is asked', '12,24,36,48')
    .option('--trained-top-n <n>', 'chosen cells while training', '36')
    .action(async (options) => (await import('./experiment.js')).gridCommand(options));
  addTrained(
    experiments,
    'cot',
    'mask alone, diagnosis, reasoning; in both orders; with and without region prior',
  ).action(async (options) => (await import('./experiment.js')).cotCommand(options));
}

/** An experiment that trains its arms; what is done is kept in its folder. */
function addTrained(experiments: Command, name: string, description: string): Command {
  return experiments
    .command(name)
    .description(description)
    .requiredOption('--config <file>', 'config of every arm; its phases are the budget')
    .requiredOption('--cases <path...>', 'case folders that arms are asked about')
    .requiredOption('--out <dir>', 'folder of runs, results and report; go on by the same command')
    .option('--split <name>', 'only cases of this split')
    .option('--most <n>', 'the first cases of each set')
    .option('--seeds <list>', 'seeds of training', '1,2,3')
    .option('--set <path=value>', 'change one value of the config; may be repeated', collect, [])
    .option('--debug', 'print stack traces');
}
