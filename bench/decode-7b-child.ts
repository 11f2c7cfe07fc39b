// The run of bench/decode-7b.bench.ts: each part is opened, used and released. Lines of progress, then one JSON line.
import { readFileSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { createDecodeSession, tokenAgreement } from '@sim4seg/backbones';
import type { DecodeSession, PromptPrefix, StepRow } from '@sim4seg/backbones';
import { compile, defineProgram, float32Value, ops } from '@sim4seg/compute';
import type { Int4Arithmetic, Program, Session, TensorValue, TensorValues } from '@sim4seg/compute';
import { decodeOf, fileOf, PARTS, prefillOf } from './models/lisa-7b.js';
import { decoderOf, NEW_TOKENS, PREFIX, promptOf } from './models/llava-decoding.js';
import { LISA_7B } from './models/llava-sizes.js';

/** Tokens on which the fast arithmetic has to agree with the exact one before it is used. */
const COMPARED = 8;
const threads = availableParallelism();
const [folder = '.'] = process.argv.slice(2);
const { llama } = LISA_7B;

const statusMb = (key: string): number =>
  Number(new RegExp(`${key}:\\s+(\\d+) kB`).exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024;

function tell(what: string, since: number): void {
  const cpu = process.cpuUsage();
  const seconds = ((performance.now() - since) / 1000).toFixed(1);
  const processor = ((cpu.user + cpu.system) / 1e6).toFixed(0);
  const [now, peak] = [statusMb('VmRSS').toFixed(0), statusMb('VmHWM').toFixed(0)];
  console.log(`${what}: ${seconds} s (processor time so far ${processor} s), memory ${now} MB, peak ${peak} MB`);
}

const waves = (shape: readonly number[]): TensorValue =>
  float32Value(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * 0.01 + Math.sin(i))),
    shape,
  );

/** Opens a part, uses it and releases it. */
async function withPart<T>(part: string, program: Program, use: (session: Session) => Promise<T>): Promise<T> {
  const started = performance.now();
  const dims = 'images' in symbols(program) ? { images: 1 } : {};
  const session = await compile(program, { dims, weights: fileOf(folder, part), threads });
  tell(`${program.name} opened`, started);
  try {
    return await use(session);
  } finally {
    await session.release();
    tell(`${program.name} used and released`, started);
  }
}

const symbols = ({ inputs }: Program): Record<string, true> =>
  Object.fromEntries(Object.values(inputs).flatMap(({ dims }) => dims.map((dim) => [dim, true as const])));

/** GB/s at which all cores together read a gigabyte; the best of a few. */
async function readBandwidth(): Promise<number> {
  const columns = 2 ** 28 / threads;
  const program = defineProgram({
    name: 'read',
    inputs: { x: [threads, columns] },
    outputs: { y: [threads] },
    run: (_, { x }) => ({ y: ops.max(x!, 1) }),
  });
  await using session = await compile(program, { threads });
  const x = float32Value(new Float32Array(threads * columns).fill(1), [threads, columns]);
  let best = Infinity;
  for (let round = 0; round < 6; round++) {
    const started = performance.now();
    await session.run({ x });
    best = Math.min(best, performance.now() - started);
  }
  return x.data.byteLength / best / 1e6;
}

/** Bytes of weights and cache that a decode step reads, as they are stored. */
function stepBytes(): number {
  const embeddings = 2 * llama.vocabularySize * llama.hiddenSize;
  const cache = 2 * 4 * llama.layers * llama.hiddenSize * (PREFIX + NEW_TOKENS / 2);
  return statSync(fileOf(folder, 'lvlm')).size - embeddings + cache;
}

const likeliest = (logits: Float32Array): number => logits.reduce((best, x, id) => (x > logits[best]! ? id : best), 0);

function open(session: Session, prefix: PromptPrefix): DecodeSession {
  const { graphs, room, biasOver } = decoderOf(session, LISA_7B);
  return createDecodeSession({ graphs, graph: 'decode', llama, prefix, room, batch: 1, biasOver });
}

interface Written {
  readonly rows: readonly StepRow[];
  readonly stepMs: readonly number[];
}

/** Reads given tokens first, then the likeliest ones. */
async function write(session: DecodeSession, first: readonly number[], count: number): Promise<Written> {
  const [rows, stepMs]: [StepRow[], number[]] = [[], []];
  for (let i = 0; i < count; i++) {
    const id = first[i] ?? likeliest(rows[i - 1]!.logits);
    const started = performance.now();
    const [row] = await session.step([id], { signal: undefined });
    stepMs.push(performance.now() - started);
    rows.push(row!);
  }
  return { rows, stepMs };
}

async function decode(prefix: PromptPrefix): Promise<Written & { readonly arithmetic: Int4Arithmetic }> {
  const run = (arithmetic: Int4Arithmetic, first: readonly number[], count: number): Promise<Written> =>
    withPart('lvlm', decodeOf(arithmetic), (session) => write(open(session, prefix), first, count));
  const exact = await run('float32', [prefix.lastId], COMPARED);
  const ids = [prefix.lastId, ...exact.rows.map(({ logits }) => likeliest(logits))].slice(0, COMPARED);
  const fast = await run('int8', ids, NEW_TOKENS);
  const logitsOf = ({ rows }: Written): Float32Array[] => rows.slice(0, COMPARED).map(({ logits }) => logits);
  const agreement = tokenAgreement(logitsOf(exact), logitsOf(fast));
  console.log(`float32 steps ${exact.stepMs.map((ms) => ms.toFixed(0)).join(' ')} ms; ${JSON.stringify(agreement)}`);
  if (agreement.agrees) return { ...fast, arithmetic: 'int8' };
  console.log(`int8 steps would take ${fast.stepMs.map((ms) => ms.toFixed(0)).join(' ')} ms`);
  return { ...(await run('float32', ids, NEW_TOKENS)), arithmetic: 'float32' };
}

const bandwidthGBs = await readBandwidth();
console.log(`read bandwidth ${bandwidthGBs.toFixed(1)} GB/s`);
const image = { image: waves([1, 3, 1024, 1024]) };
const { embedding } = await withPart('encoder', PARTS.encoder, (encoder) => encoder.run(image));
const { imageRows } = await withPart('vision', PARTS.vision, (tower) => tower.run({ pixels: waves([1, 3, 224, 224]) }));
const prompt: TensorValues = { ...promptOf(LISA_7B, 1), imageRows: imageRows! };
const { imageTokens: _, ...cache } = await withPart('lvlm', prefillOf('float32'), (prefill) => prefill.run(prompt));
const prefix = { cache, slots: PREFIX, filled: PREFIX, lastId: 1 } as PromptPrefix;
const { rows, stepMs, arithmetic } = await decode(prefix);
const text = float32Value(rows.at(-1)!.segEmbedding, [1, 1, LISA_7B.projectedDim]);
const prompts = { mask: waves([1, 1, 256, 256]), text };
const { sparse, dense } = await withPart('prompts', PARTS.prompts, (encoder) => encoder.run(prompts));
const inputs = { embedding: embedding!, sparse: sparse!, dense: dense! };
const { lowResLogits } = await withPart('masks', PARTS.masks, (decoder) => decoder.run(inputs));
if (!lowResLogits!.data.every((x) => Number.isFinite(Number(x)))) throw new Error('the mask is not finite');
const peakRssMb = statusMb('VmHWM');
console.log(JSON.stringify({ stepMs, arithmetic, bandwidthGBs, stepBytes: stepBytes(), peakRssMb }));
