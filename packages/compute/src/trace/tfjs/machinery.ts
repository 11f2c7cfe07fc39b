import { util } from '@tensorflow/tfjs-core';
import type { Value } from '../graph.js';
import { binary, castTo, reshapeTo } from '../nodes.js';
import { sizeOf } from '../../kernel/shapes.js';
import { registerTraceKernel } from '../../kernel/define-kernel.js';

// tfjs's own machinery runs these: clones of saved tensors and sums of gradients that meet.
registerTraceKernel('Identity', (_graph, [x]) => x!);
registerTraceKernel('Add', (graph, [a, b]) => binary(graph, 'Add', a!, b!));
registerTraceKernel('Cast', (graph, [x], attrs) => castTo(graph, x!, (attrs as { dtype: Value['dtype'] }).dtype));
registerTraceKernel('Reshape', (graph, [x], attrs) => {
  const { shape } = attrs as { shape: number[] };
  return reshapeTo(graph, x!, util.inferFromImplicitShape(shape, sizeOf(x!.shape)));
});
