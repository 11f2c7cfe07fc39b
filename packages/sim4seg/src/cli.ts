import { Command, CommanderError } from 'commander';
import { RESEARCH_NOTICE } from './notice.js';
import { VERSION } from './version.js';
import { collect } from './cli/collect.js';
import { addExperiments } from './cli/experiment-commands.js';
import { errorParagraph, exitCodeFor } from './cli/report-error.js';

/** Exit code of USAGE in the error table. */
const USAGE_EXIT_CODE = 2;

/** Runs the command `sim4seg` with the arguments behind its name; sets the exit code of the process. */
export async function main(args: readonly string[]): Promise<void> {
  const program = createProgram();
  try {
    await expectShortArguments(args);
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : USAGE_EXIT_CODE;
    } else {
      process.stderr.write(`${errorParagraph(error, { debug: args.includes('--debug') })}\n`);
      process.exitCode = exitCodeFor(error);
    }
  }
}

/** ONNX Runtime 1.30 crashes while it makes a session when the arguments of the process have more than about 32 kB. */
const MOST_ARGUMENT_CHARACTERS = 16_000;

/** @throws QUESTION_TOO_LONG, USAGE */
async function expectShortArguments(args: readonly string[]): Promise<void> {
  const length = args.reduce((sum, argument) => sum + argument.length, 0);
  if (length <= MOST_ARGUMENT_CHARACTERS) return;
  const { Sim4SegError } = await import('@sim4seg/core');
  const isQuestion = args.some(
    (arg, i) => arg.length > MOST_ARGUMENT_CHARACTERS / 2 && /^(-q|--question)$/.test(args[i - 1] ?? ''),
  );
  throw new Sim4SegError(isQuestion ? 'QUESTION_TOO_LONG' : 'USAGE', {
    must: `All arguments together have at most ${MOST_ARGUMENT_CHARACTERS} characters`,
    got: `${length}`,
    fix: isQuestion
      ? 'ask for one target in one or two sentences'
      : 'quote patterns, so that the shell does not expand them',
  });
}

/** The commands with their options; each loads its own code only when it runs, so that help is quick. */
function createProgram(): Command {
  const program = new Command('sim4seg')
    .description(
      `Medical diagnosis segmentation: an image and a question in, a diagnosis and a mask out.\n${RESEARCH_NOTICE}`,
    )
    .version(VERSION)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(`sim4seg: USAGE: ${text.replace(/^error: /, '')}`) });
  addDiagnose(program);
  addReplay(program);
  addTrainAndEval(program);
  addCompare(program);
  addExperiments(program);
  addData(program);
  addPlugins(program);
  addInspect(program);
  addBundle(program);
  addDoctor(program);
  return program;
}

function addDiagnose(program: Command): void {
  program
    .command('diagnose')
    .description('answer a question about an image, a folder of images or a pattern')
    .argument('<image>', 'file, folder or quoted pattern')
    .requiredOption('-q, --question <text>', 'the question')
    .option('--out <dir>', 'where mask.png, overlay.png, similarity.png and result.json go', './sim4seg-out')
    .option('--tts <MxN>', 'reasoning paths x masks per path, such as 3x3')
    .option('--seed <n>', 'seed of sampling')
    .option('--config <file>', 'config file, JSON or YAML')
    .option('--set <path=value>', 'change one value of the config; may be repeated', collect, [])
    .option('--bundle <B>', 'bundle folder or package')
    .option('--json', 'print result.json instead of text')
    .option('--debug', 'print stack traces, write debug.json: times and what the prior did')
    .action(async (image, options) => (await import('./cli/diagnose.js')).diagnoseCommand(image, options));
}

function addReplay(program: Command): void {
  program
    .command('replay')
    .description('recompute a stored answer; ends with 0 if text and masks are equal')
    .argument('<result>', 'result.json or its folder')
    .requiredOption('--image <file>', 'the image of that answer')
    .option('--bundle <B>', 'bundle folder or package')
    .option('--debug', 'print stack traces')
    .action(async (result, options) => (await import('./cli/replay.js')).replayCommand(result, options));
}

function addTrainAndEval(program: Command): void {
  program
    .command('train')
    .description('train from a config; checkpoints, log and bundle go to the run folder')
    .requiredOption('--config <file>', 'config file with training: {...}')
    .option('--out <dir>', 'run folder', './runs/train')
    .option('--resume', 'go on from the newest intact checkpoint')
    .option('--set <path=value>', 'change one value of the config; may be repeated', collect, [])
    .option('--debug', 'print stack traces')
    .action(async (options) => (await import('./cli/train.js')).trainCommand(options));
  program
    .command('eval')
    .description('answer all cases free-running and score them')
    .requiredOption('--cases <path...>', 'cases.jsonl files, folders with one, or folders of such folders')
    .option('--split <name>', 'only cases of this split')
    .option('--config <file>', 'config file, JSON or YAML')
    .option('--set <path=value>', 'change one value of the config; may be repeated', collect, [])
    .option('--tts <MxN>', 'reasoning paths x masks per path')
    .option('--seed <n>', 'seed of sampling')
    .option('--bundle <B>', 'bundle folder or package')
    .option(
      '--other-targets',
      'also ask each image for a target of another kind of image (a group of presence of its own)',
    )
    .option('--at-once <n>', 'cases that are asked about at once', '1')
    .option('--json <file>', 'write the report here')
    .option('--save <dir>', 'write masks, predictions.jsonl and outcomes.jsonl here')
    .option('--resume', 'go on with the cases that --save has not kept yet')
    .option('--debug', 'print stack traces')
    .action(async (options) => (await import('./cli/eval.js')).evalCommand(options));
}

function addCompare(program: Command): void {
  program
    .command('compare')
    .description('compare two evaluations of the same cases by paired bootstrap')
    .argument('<runA>', 'folder of eval --save, or run folder of train')
    .argument('<runB>', 'the other one')
    .option('--json <file>', 'write the figures here, or to the terminal for -')
    .option('--debug', 'print stack traces')
    .action(async (runA, runB, options) => (await import('./cli/compare.js')).compareCommand(runA, runB, options));
}

function addData(program: Command): void {
  const data = program.command('data').description('make and check data sets');
  data
    .command('validate')
    .description('check cases: files, masks, labels, and what leaks from one split into another')
    .argument('<cases...>', 'cases.jsonl files, folders with one, or folders of such folders')
    .option('--html <file>', 'write a page with small pictures here')
    .option('--json <file>', 'write the report here, or to the terminal for -')
    .option('--debug', 'print stack traces')
    .action(async (cases, options) => (await import('./cli/validate.js')).validateCommand(cases, options));
  data
    .command('import')
    .description('copy what an importer opens into a case folder')
    .argument('<source>', 'what the importer opens: a folder, or a file of annotations')
    .option('--use <importer>', 'image-mask-pairs, coco, case-folders, or one of a config')
    .option('--options <json>', 'options of the importer, as a JSON object')
    .option('--config <file>', 'config file with importer: {use, ...options} or plugins:')
    .option('--set <path=value>', 'change one value of the config; may be repeated', collect, [])
    .requiredOption('--out <dir>', 'folder to write to')
    .option('--debug', 'print stack traces')
    .action(async (source, options) => (await import('./cli/data-import.js')).dataImportCommand(source, options));
  data
    .command('phantoms')
    .description('draw phantoms with masks, as a case folder with a contact sheet')
    .option('--kind <kind>', 'dermoscopy, breast-ultrasound, fundus, limb-xray or all', 'all')
    .option('--n <count>', 'phantoms of each kind', '8')
    .option('--seed <n>', 'seed', '0')
    .option('--split <split>', 'train or val; their seeds never meet', 'train')
    .requiredOption('--out <dir>', 'folder to write to')
    .option('--debug', 'print stack traces')
    .action(async (options) => (await import('./cli/phantoms.js')).phantomsCommand(options));
}

function addPlugins(program: Command): void {
  const plugins = program.command('plugins').description('make, check and list plugins');
  plugins
    .command('list')
    .description('list shipped plugins and those of a config')
    .option('--config <file>', 'config file whose plugins: are listed too')
    .option('--json', 'print JSON')
    .option('--debug', 'print stack traces')
    .action(async (options) => (await import('./cli/plugins-list.js')).pluginsListCommand(options));
  plugins
    .command('new')
    .description('write a plugin package of a kind into ./<name>')
    .argument('<kind>', 'lvlm, region-prior, image-encoder, ...: any of the kinds that plugins list shows')
    .argument('<name>', 'name of the package, of its folder and of the plugin')
    .option('--debug', 'print stack traces')
    .action(async (kind, name) => (await import('./cli/plugins-new.js')).pluginsNewCommand(kind, name));
  plugins
    .command('check')
    .description("run the conformance suite of a package's plugins, or of the parts of a config")
    .argument('[package]', 'package or ./folder; the working folder if left out')
    .option('--config <file>', 'check each part that this config chooses')
    .option('--set <path=value>', 'change one value of the config; may be repeated', collect, [])
    .option('--options <json>', 'options of the plugins of the package, as a JSON object')
    .option('--source <path>', 'what an importer opens')
    .option('--bundle <B>', 'bundle folder or package')
    .option('--json', 'print JSON')
    .option('--debug', 'print stack traces')
    .action(async (name, options) => (await import('./cli/plugins-check.js')).pluginsCheckCommand(name, options));
}

function addInspect(program: Command): void {
  program
    .command('inspect')
    .description('say what a model or weights file holds: nodes or tensors, sizes, dims')
    .argument('<file>', '.onnx, .safetensors, .pth or index.json file, or a folder with weights')
    .option('--json <file>', 'write the description here, or to the terminal for -')
    .option('--debug', 'print stack traces')
    .action(async (file, options) => (await import('./cli/inspect.js')).inspectCommand(file, options));
  program
    .command('profile')
    .description('run a program or a graph and say where its time goes')
    .option('--program <module#export>', 'a program that a module exports, such as ./model.js#program')
    .option('--graph <name>', 'a graph of the bundle, or an .onnx file')
    .option('--bundle <B>', 'bundle folder or package of --graph')
    .option('--weights <file>', 'weights of --program; fresh ones if left out')
    .option('--dims <name=size>', 'size of a free dim; may be repeated', collect, [])
    .option('--rounds <n>', 'runs that count', '20')
    .option('--threads <n>', 'threads; all cores if left out')
    .option('--json <file>', 'write the figures here, or to the terminal for -')
    .option('--debug', 'print stack traces')
    .action(async (options) => (await import('./cli/profile.js')).profileCommand(options));
}

function addBundle(program: Command): void {
  program
    .command('convert')
    .description('make a bundle of official weights: SAM, MedSAM, CLIP, LISA, Sim4Seg')
    .argument('<source>', 'folder or file as it was published')
    .requiredOption('--out <B>', 'folder of the bundle')
    .option('--with <source>', 'what the weights lack: vision tower, adapter; may be repeated', collect, [])
    .option('--weights <how>', 'copy, or reference to leave them where they are', 'copy')
    .option('--precision <p>', 'of the LVLM: fp32, fp16 or int4; as stored if left out')
    .option('--vision-precision <p>', 'of SAM and the vision tower: fp32 or fp16; as stored if left out')
    .option('--adapters <how>', 'merge adapters into the weights, or keep them beside', 'merge')
    .option('--no-graphs', 'weights alone, for programs that are compiled where they are used')
    .option('--size <part.name=value>', 'a size that weights and config.json do not tell; may be repeated', collect, [])
    .option('--preprocessing <kind>', 'of pictures for SAM: sam or medsam; by the name of the file if left out')
    .option('--licence <name>', 'licence of the weights; those of the publishers if left out')
    .option('--debug', 'print stack traces')
    .action(async (source, options) => (await import('./cli/convert.js')).convertCommand(source, options));
  const bundle = program.command('bundle').description('look after bundles');
  bundle
    .command('fetch')
    .description('download a bundle, or go on with a download, and print its folder')
    .argument('<address>', 'https://host/folder#sha256=<hash of its manifest>')
    .requiredOption('--cache <dir>', 'folder that bundles are kept in')
    .option('--debug', 'print stack traces')
    .action(async (address, options) => (await import('./cli/bundle-fetch.js')).bundleFetchCommand(address, options));
  bundle
    .command('verify')
    .description('check every file against its hash and every tensor against the programs; ends with 0 if all is well')
    .argument('<B>', 'bundle folder or package')
    .option('--debug', 'print stack traces')
    .action(async (bundle) => (await import('./cli/bundle-verify.js')).bundleVerifyCommand(bundle));
}

function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('say which engines are there, how much memory and threads, and what to change')
    .option('--bundle <B>', 'bundle folder or package')
    .option('--json', 'print JSON')
    .option('--debug', 'print stack traces')
    .action(async (options) => (await import('./cli/doctor.js')).doctorCommand(options));
}
