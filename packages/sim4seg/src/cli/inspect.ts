import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { inspectModel, inspectWeights } from '@sim4seg/compute/node';
import { Sim4SegError } from '@sim4seg/core';
import { modelLines, weightsLines } from './inspect-text.js';
import { writeReport } from './write-report.js';

interface InspectOptions {
  readonly json?: string;
}

/**
 * `sim4seg inspect`: what a model or weights file holds; only headers and graphs are read.
 * @throws GRAPH_INVALID, WEIGHTS_INVALID for a file that is absent, damaged or of another kind
 */
export async function inspectCommand(path: string, options: InspectOptions): Promise<void> {
  if (await isModel(path)) {
    const summary = await inspectModel(path);
    await writeReport({ file: basename(path), ...summary }, modelLines(basename(path), summary), options.json);
  } else {
    const summary = await inspectWeights(path);
    await writeReport({ file: basename(path), ...summary }, weightsLines(basename(path), summary), options.json);
  }
}

/** By name where it says so, else by the first byte, which in a model is the field of its version. */
async function isModel(path: string): Promise<boolean> {
  const found = await stat(path).catch((cause: unknown) => {
    throw absent(path, cause);
  });
  if (found.isDirectory() || /\.(safetensors|json|pth|pt|bin)$/i.test(path)) return false;
  return /\.onnx$/i.test(path) || (await firstByte(path)) === 0x08;
}

async function firstByte(path: string): Promise<number | undefined> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(new Uint8Array(1), 0, 1, 0);
  return bytesRead === 1 ? buffer[0] : undefined;
}

function absent(path: string, cause: unknown): Sim4SegError {
  return new Sim4SegError('WEIGHTS_INVALID', {
    must: 'What is inspected must be there: an .onnx, .safetensors, .pth or index.json file, or a folder with weights',
    got: `${path}: ${cause instanceof Error ? cause.message : String(cause)}`,
    fix: 'correct the path',
    cause,
  });
}
