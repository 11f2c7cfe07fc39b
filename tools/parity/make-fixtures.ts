/**
 * Makes packages/testing/fixtures from the full folders of reference values: `npx tsx tools/parity/make-fixtures.ts
 * <parity folder>`. Sub-cases and intermediate values are left out where the whole would be large; what stays is
 * unchanged.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { elementCount, type WeightTensor } from '@sim4seg/compute';
import { readSafetensorsFile, writeSafetensorsFile } from '@sim4seg/compute/node';

interface Selection {
  readonly from: string;
  readonly to?: string;
  readonly io?: (name: string) => boolean;
  readonly weights?: (name: string) => boolean;
  readonly subcases?: readonly string[];
  /** Keeps this many rows of the first axis of `in.*`. */
  readonly rows?: number;
}

const noIntermediates = (name: string) => !name.includes('mid.');
const promptCases = [
  'none',
  'points',
  'boxes',
  'mask',
  'all',
  'text+binary-mask-3d',
  'text+binary-mask-4d',
  'dense_pe',
];

const selections: readonly Selection[] = [
  { from: 'losses/single' },
  { from: 'optimizer/base' },
  { from: 'metrics/base' },
  { from: 'lr-schedule/short' },
  { from: 'llava-merge/base' },
  { from: 'sam-prompt-encoder/base', subcases: promptCases, io: noIntermediates },
  { from: 'sam-mask-decoder/base', io: noIntermediates },
  {
    from: 'rvls2m/base',
    subcases: ['1'],
    rows: 2,
    io: (name) => /^in\.|cells$|cell_means|similarity|seg_emb|normal|^\d+\/out/.test(name),
  },
  {
    from: 'llama/gqa',
    to: 'llama/layer0',
    io: (name) => /^full\/(in\.input_ids|mid\.|out\.hidden_states\.[01]$)/.test(name),
    weights: (name) => /layers\.0\./.test(name),
  },
  {
    from: 'sam-preprocess/base',
    subcases: ['0', 'shape_table'],
    io: (name) => !name.endsWith('preprocessed'),
  },
  { from: 'clip-preprocess/small', subcases: ['0'] },
  { from: 'sam-postprocess/base', subcases: ['1', '4'] },
  { from: 'whole/evaluate', io: (name) => !/in\.image_u8|mid\.(low_res|text_hidden|last)/.test(name) },
];

const [source] = process.argv.slice(2);
if (!source) throw new Error('name the folder of the full reference values');
const target = new URL('../../packages/testing/fixtures/', import.meta.url).pathname;
for (const selection of selections) await copyCase(source, selection);

async function copyCase(folder: string, selection: Selection): Promise<void> {
  const to = join(target, selection.to ?? selection.from);
  await mkdir(to, { recursive: true });
  const config = JSON.parse(await readFile(join(folder, selection.from, 'config.json'), 'utf8')) as Record<
    string,
    unknown
  >;
  await writeFile(join(to, 'config.json'), JSON.stringify(trimConfig(config, selection.subcases), null, 1) + '\n');
  const io = await readSafetensorsFile(join(folder, selection.from, 'io.safetensors'), (name) =>
    keeps(selection, name),
  );
  const rows = Object.entries(io.tensors).map(
    ([name, value]) => [name, firstRows(name, value, selection.rows)] as const,
  );
  await writeSafetensorsFile(join(to, 'io.safetensors'), Object.fromEntries(rows), { metadata: io.metadata });
  const files = [config['weights'] ?? 'weights.safetensors', config['adapter']].filter((file) => file !== undefined);
  for (const file of files) await copyWeights(join(folder, selection.from), to, { file: String(file), selection });
}

/** A case may read the weights of its neighbour. */
async function copyWeights(
  from: string,
  to: string,
  { file, selection }: { readonly file: string; readonly selection: Selection },
): Promise<void> {
  const weights = await readSafetensorsFile(join(from, file), selection.weights).catch(() => undefined);
  if (!weights) return;
  await mkdir(dirname(join(to, file)), { recursive: true });
  await writeSafetensorsFile(join(to, file), weights.tensors, { metadata: weights.metadata });
}

function keeps({ io, subcases }: Selection, name: string): boolean {
  const [first, ...rest] = name.split('/');
  const inSubcase = !rest.length || !subcases || subcases.includes(first as string);
  return inSubcase && (io?.(name) ?? true);
}

function trimConfig(config: Record<string, unknown>, kept: readonly string[] | undefined): Record<string, unknown> {
  const subcases = config['subcases'];
  if (!kept || typeof subcases !== 'object' || subcases === null) return config;
  return { ...config, subcases: Object.fromEntries(Object.entries(subcases).filter(([name]) => kept.includes(name))) };
}

function firstRows(name: string, value: WeightTensor, rows: number | undefined): WeightTensor {
  if (rows === undefined || !name.startsWith('in.')) return value;
  const shape = [rows, ...value.shape.slice(1)];
  return { ...value, shape, data: value.data.slice(0, elementCount(shape)) as WeightTensor['data'] };
}
