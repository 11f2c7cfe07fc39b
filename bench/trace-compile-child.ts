// One measurement of bench/trace-compile.bench.ts, in a process of its own: traces and compiles the training step, proves
// that it runs, and prints the times. The folder of optimised graphs is the first argument.
import { compileTrainStep, initParams } from '@sim4seg/compute';
import { LR, stepModel } from './models/step-models.js';

const [cacheFolder, batch] = process.argv.slice(2) as [string, string];
const { options, batch: valuesOf } = stepModel({ model: 'vit', batch: Number(batch) });

const cpuBefore = process.cpuUsage();
const started = performance.now();
const step = await compileTrainStep({ ...options, session: { ...options.session, cacheFolder } });
const ms = performance.now() - started;
const { user, system } = process.cpuUsage(cpuBefore);

step.init(initParams(options.program.params, 1, options.dims));
const { loss } = await step.step(valuesOf(1), { lr: LR, step: 1 });
await step.release();
console.log(JSON.stringify({ ms, cpuMs: (user + system) / 1000, loss, nodes: step.graph.nodeCount }));
