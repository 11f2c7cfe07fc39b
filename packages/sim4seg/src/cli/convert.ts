import { basename } from 'node:path';
import { convertCheckpoint, type ConvertedBundle } from '../convert/convert-checkpoint.js';
import { usage } from './options.js';
import { bytesText } from './text-table.js';

interface ConvertOptions {
  readonly out: string;
  readonly with: readonly string[];
  readonly weights: string;
  readonly precision?: string;
  readonly visionPrecision?: string;
  readonly adapters: string;
  readonly graphs: boolean;
  readonly size: readonly string[];
  readonly preprocessing?: string;
  readonly licence?: string;
}

/** `sim4seg convert`: a bundle of official weights. @throws USAGE, WEIGHTS_INVALID, TOKENIZER_INVALID, WRITE_FAILED */
export async function convertCommand(source: string, options: ConvertOptions): Promise<void> {
  const converted = await convertCheckpoint([source, ...options.with], {
    out: options.out,
    weights: oneOf('--weights', options.weights, ['copy', 'reference']),
    precision: optional('--precision', options.precision, ['fp32', 'fp16', 'int4']),
    visionPrecision: optional('--vision-precision', options.visionPrecision, ['fp32', 'fp16']),
    adapters: oneOf('--adapters', options.adapters, ['merge', 'keep']),
    graphs: options.graphs,
    sizes: options.size,
    preprocessing: optional('--preprocessing', options.preprocessing, ['sam', 'medsam']),
    licence: options.licence ?? null,
  });
  process.stdout.write(`${convertedLines(converted).join('\n')}\n`);
}

function convertedLines({ sources, parts, leftOut, manifest, folder, bytes, sha256 }: ConvertedBundle): string[] {
  const shown = leftOut.slice(0, 8).join(', ') + (leftOut.length > 8 ? ', ...' : '');
  return [
    ...sources.map(({ name, format, tensors }) => `${name}: ${tensors} tensors (${format})`),
    `parts: ${Object.entries(parts)
      .flatMap(([part, sizes]) => (sizes === undefined ? [] : [part]))
      .join(', ')}`,
    ...Object.entries(manifest.weightSets).map(([name, set]) => `${name}: ${basename(set.file)}, ${set.precision}`),
    ...(leftOut.length ? [`left out, no program asks for: ${leftOut.length} tensors (${shown})`] : []),
    `wrote ${folder}: ${bytesText(bytes)}, sha256 ${sha256}`,
  ];
}

function optional<T extends string>(option: string, text: string | undefined, choices: readonly T[]): T | null {
  return text === undefined ? null : oneOf(option, text, choices);
}

function oneOf<T extends string>(option: string, text: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  throw usage(`${option} must be one of ${choices.join(', ')}`, text, `write for example ${option} ${choices[0]}`);
}
