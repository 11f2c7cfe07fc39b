import type { InitializerSummary, ModelSummary, PortSummary, WeightsSummary } from '@sim4seg/compute/node';
import { bytesText, countText, dimsText, printable, textTable } from './text-table.js';

const elementsOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

/** `3 tensors`, `1 tensor`. */
const counted = (count: number, noun: string): string => `${countText(count)} ${noun}${count === 1 ? '' : 's'}`;

/** A section under its title, with an empty line before it; nothing where there is nothing to say. */
const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];

/** What weights hold: a line a tensor, then sums by type. */
export function weightsLines(file: string, { format, tensors, metadata, totalBytes }: WeightsSummary): string[] {
  const elements = tensors.reduce((sum, { shape }) => sum + elementsOf(shape), 0);
  const size = `${counted(tensors.length, 'tensor')}, ${countText(elements)} elements, ${bytesText(totalBytes)}`;
  return [
    `${printable(file)}: ${format}, ${size}`,
    ...section('tensors', tensorTable(tensors)),
    ...section('types', typeTable(tensors)),
    ...section('metadata', metadataTable(metadata)),
  ];
}

function tensorTable(tensors: WeightsSummary['tensors']): string[] {
  const isSharded = tensors.some(({ file }) => file !== undefined);
  const columns = [
    { head: 'name' },
    { head: 'dtype' },
    { head: 'dims' },
    { head: 'elements', align: 'right' },
    { head: 'size', align: 'right' },
    ...(isSharded ? [{ head: 'file' }] : []),
  ] as const;
  const rows = tensors.map(({ name, dtype, shape, bytes, file }) => {
    return [name, dtype, dimsText(shape), countText(elementsOf(shape)), bytesText(bytes), file ?? ''];
  });
  return textTable(columns, rows);
}

function typeTable(tensors: WeightsSummary['tensors']): string[] {
  const types = [...new Set(tensors.map(({ dtype }) => dtype))].sort();
  if (types.length < 2) return [];
  const rows = types.map((type) => {
    const own = tensors.filter(({ dtype }) => dtype === type);
    return [type, countText(own.length), bytesText(own.reduce((sum, { bytes }) => sum + bytes, 0))];
  });
  return textTable([{ head: 'dtype' }, { head: 'tensors', align: 'right' }, { head: 'size', align: 'right' }], rows);
}

/** Values may be whole configs: the beginning tells what it is, `--json` has the rest. */
const LONGEST_VALUE = 100;

function metadataTable(metadata: Readonly<Record<string, string>>): string[] {
  const rows = Object.entries(metadata).map(([key, value]) => {
    return [key, value.length > LONGEST_VALUE ? `${value.slice(0, LONGEST_VALUE)} ...` : value];
  });
  return textTable([{ head: 'key' }, { head: 'value' }], rows);
}

/** What a model holds: its inputs and outputs, nodes by operator, and its weights. */
export function modelLines(file: string, summary: ModelSummary): string[] {
  const { producer, opset, inputs, outputs, nodes, initializers, totalBytes } = summary;
  const opsets = Object.entries(opset).map(([domain, version]) => `${domain} ${version}`);
  const size = `${counted(nodes.total, 'node')}, ${counted(initializers.length, 'weight')}, ${bytesText(totalBytes)}`;
  const maker = producer === '' ? '' : ` by ${producer}`;
  return [
    printable(`${file}: onnx${maker} (${opsets.join(', ')}), ${size}`),
    ...section('inputs', portTable(inputs)),
    ...section('outputs', portTable(outputs)),
    ...section('nodes', nodeTable(nodes)),
    ...section('weights', initializerTable(initializers)),
  ];
}

const portTable = (ports: readonly PortSummary[]): string[] =>
  textTable(
    [{ head: 'name' }, { head: 'dtype' }, { head: 'dims' }],
    ports.map(({ name, dtype, dims }) => [name, dtype, dimsText(dims)]),
  );

function nodeTable({ total, byOp }: ModelSummary['nodes']): string[] {
  const rows = Object.entries(byOp).map(([op, count]) => [op, countText(count)]);
  return textTable([{ head: 'operator' }, { head: 'nodes', align: 'right' }], [...rows, ['total', countText(total)]]);
}

function initializerTable(initializers: readonly InitializerSummary[]): string[] {
  const place = ({ external }: InitializerSummary): string =>
    external ? `${external.file} at ${countText(external.offset)}` : 'in the model';
  return textTable(
    [{ head: 'name' }, { head: 'dtype' }, { head: 'dims' }, { head: 'size', align: 'right' }, { head: 'where' }],
    initializers.map((tensor) => {
      return [tensor.name, tensor.dtype, dimsText(tensor.shape), bytesText(tensor.bytes), place(tensor)];
    }),
  );
}
