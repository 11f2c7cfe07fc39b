import { Sim4SegError } from '@sim4seg/core';
import { registerTraceKernel } from '../../kernel/define-kernel.js';
import type { Graph, Value } from '../graph.js';
import { insteadOf } from '../instead-of.js';
import { atSource } from '../source-line.js';

/** How a kernel of tfjs is recorded; `A` are the attributes that tfjs calls it with. */
export type Rule<A> = (graph: Graph, inputs: readonly Value[], attrs: A) => Value | readonly Value[];

/** Records a tfjs kernel, so that programs may call tfjs operations directly. */
export function rule<A>(kernelName: string, record: Rule<A>): void {
  registerTraceKernel(kernelName, (graph, inputs, attrs) => record(graph, inputs, attrs as A));
}

/** @throws TRACE_UNSUPPORTED unless `holds` */
export function mustRecord(holds: boolean, kernel: string, got: string): asserts holds {
  if (holds) return;
  throw new Sim4SegError('TRACE_UNSUPPORTED', {
    must: `the tfjs operation ${kernel} is called in a way that has a compiled form`,
    got: `${got}${atSource(new Error('here').stack)}`,
    fix: insteadOf(kernel),
  });
}
