import type { Value } from './graph.js';
import { binary, castTo, reshapeTo } from './nodes.js';
import { registerTraceKernel } from '../kernel/define-kernel.js';

// tfjs's own machinery runs these: clones of saved tensors and sums of gradients that meet.
registerTraceKernel('Identity', (_graph, [x]) => x!);
registerTraceKernel('Add', (graph, [a, b]) => binary(graph, 'Add', a!, b!));
registerTraceKernel('Cast', (graph, [x], attrs) => castTo(graph, x!, (attrs as { dtype: Value['dtype'] }).dtype));
registerTraceKernel('Reshape', (graph, [x], attrs) => reshapeTo(graph, x!, (attrs as { shape: number[] }).shape));
