/** Time of all nodes of one operator in a run. */
export interface OpProfile {
  readonly op: string;
  /** Nodes a run. */
  readonly count: number;
  /** Mean time a run. */
  readonly ms: number;
  /** Part of the time of all nodes, from 0 to 1. */
  readonly share: number;
  /** Rate of multiplications and additions, for products and convolutions. */
  readonly gflops?: number;
}

/** What profiling a graph gave; the runtime's own time between nodes is part of `medianMs` alone. */
export interface Profile {
  readonly rounds: number;
  readonly medianMs: number;
  /** Rate over the whole run. */
  readonly gflops: number;
  /** The slowest first. */
  readonly ops: readonly OpProfile[];
}

type TypedShapes = readonly Readonly<Record<string, readonly number[]>>[];

/** One event of the runtime's profile; times in microseconds. */
export interface ProfileEvent {
  readonly cat: string;
  readonly name: string;
  readonly dur: number;
  readonly args: {
    readonly op_name?: string;
    readonly input_type_shape?: TypedShapes;
    readonly output_type_shape?: TypedShapes;
  };
}

const shapesOf = (typed: TypedShapes = []): (readonly number[])[] =>
  typed.map((entry) => Object.values(entry)[0] ?? []);
const count = (shape: readonly number[] | undefined): number => (shape ?? []).reduce((a, b) => a * b, 1);

type Flops = (inputs: readonly (readonly number[])[], y: readonly number[]) => number;

/** The summed axis is read off the first operand: packed weights are not listed. Rows that do not match are transposed. */
const productFlops: Flops = ([a = []], y) => {
  const plain = a.length < 2 || a.at(-2) === y.at(-2);
  return 2 * count(y) * (a.at(plain ? -1 : -2) ?? 0);
};
const convFlops: Flops = ([, weight = []], y) => 2 * count(y) * count(weight.slice(1));
const transposedFlops: Flops = ([x, weight = []]) => 2 * count(x) * count(weight.slice(1));
/** Scores and weighted sums: each query meets each key over the width of all heads, twice. */
const attentionFlops: Flops = ([q = [], k = []]) => 4 * count(q) * (k.at(-2) ?? 0);

const FLOPS: Readonly<Record<string, Flops>> = {
  MatMul: productFlops,
  FusedMatMul: productFlops,
  Gemm: productFlops,
  FusedGemm: productFlops,
  MatMulNBits: productFlops,
  Conv: convFlops,
  FusedConv: convFlops,
  ConvTranspose: transposedFlops,
  Attention: attentionFlops,
  MultiHeadAttention: attentionFlops,
  GroupQueryAttention: attentionFlops,
};

/** Multiplications and additions of a node, by its shapes; 0 where they do not decide its time. */
export function flopsOf({ args }: ProfileEvent): number {
  const [y = []] = shapesOf(args.output_type_shape);
  return FLOPS[args.op_name ?? '']?.(shapesOf(args.input_type_shape), y) ?? 0;
}

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

/** Nodes of each run; the run's own event follows those of its nodes. */
function runsOf(events: readonly ProfileEvent[]): { nodes: ProfileEvent[]; us: number }[] {
  const runs: { nodes: ProfileEvent[]; us: number }[] = [];
  let nodes: ProfileEvent[] = [];
  for (const event of events) {
    if (event.cat === 'Node' && event.name.endsWith('_kernel_time')) nodes.push(event);
    if (event.name !== 'model_run') continue;
    runs.push({ nodes, us: event.dur });
    nodes = [];
  }
  return runs;
}

/** Sums a profile up. The first run, in which memory is reserved, does not count. */
export function summarizeProfile(events: readonly ProfileEvent[]): Profile {
  const runs = runsOf(events).slice(1);
  const rounds = runs.length;
  const totals = new Map<string, { count: number; us: number; flops: number }>();
  for (const node of runs.flatMap(({ nodes }) => nodes)) {
    const op = node.args.op_name ?? node.name;
    const sum = totals.get(op) ?? { count: 0, us: 0, flops: 0 };
    totals.set(op, { count: sum.count + 1, us: sum.us + node.dur, flops: sum.flops + flopsOf(node) });
  }
  const all = [...totals.values()];
  const nodeTime = all.reduce((sum, { us }) => sum + us, 0);
  const ops = [...totals].map(([op, { count: nodes, us, flops }]): OpProfile => ({
    op,
    count: nodes / rounds,
    ms: us / rounds / 1000,
    share: nodeTime === 0 ? 0 : us / nodeTime,
    ...(flops > 0 && us > 0 && { gflops: flops / us / 1000 }),
  }));
  const medianMs = median(runs.map(({ us }) => us)) / 1000;
  const flops = all.reduce((sum, entry) => sum + entry.flops, 0) / Math.max(1, rounds);
  return { rounds, medianMs, gflops: flops / (medianMs * 1e6), ops: ops.sort((a, b) => b.ms - a.ms) };
}
