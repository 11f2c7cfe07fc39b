import { join } from 'node:path';
import { Sim4SegError } from '@sim4seg/core';
import type { Profile, ProfileOptions as Settings } from '@sim4seg/compute/node';
import { usage, wholeNumber } from './options.js';
import { profileLines } from './profile-text.js';
import { loadProgram } from './user-program.js';
import { writeReport } from './write-report.js';

interface CommandOptions {
  readonly program?: string;
  readonly graph?: string;
  readonly bundle?: string;
  readonly weights?: string;
  readonly dims: readonly string[];
  readonly rounds: string;
  readonly threads?: string;
  readonly json?: string;
}

/**
 * `sim4seg profile`: runs a program of a user's module, a graph of a bundle or an .onnx file, and says where time goes.
 * @throws USAGE, PROGRAM_INVALID, GRAPH_INVALID, BUNDLE_MISSING, ENGINE_MISSING, ENGINE_FAILED
 */
export async function profileCommand(options: CommandOptions): Promise<void> {
  const settings = settingsOf(options);
  const { name, profile } = await profileOf(options, settings);
  await writeReport({ name, ...profile }, profileLines(name, profile), options.json);
}

function settingsOf({ dims, rounds, threads }: CommandOptions): Settings {
  const count = wholeNumber('--rounds', rounds);
  if (count < 1 || count > 100_000)
    throw usage('--rounds must be 1 to 100000', rounds, 'write for example --rounds 20');
  return {
    dims: Object.fromEntries(dims.map(parseDim)),
    rounds: count,
    ...(threads === undefined ? {} : { threads: wholeNumber('--threads', threads) }),
  };
}

/** @throws USAGE */
function parseDim(text: string): [string, number] {
  const match = /^([^=\s]+)=([1-9]\d{0,8})$/.exec(text.trim());
  if (match) return [match[1] as string, Number(match[2])];
  throw usage('--dims must be name=size', text, 'write for example --dims batch=2');
}

async function profileOf(options: CommandOptions, settings: Settings): Promise<{ name: string; profile: Profile }> {
  const { program: entry, graph, weights } = options;
  if ((entry === undefined) === (graph === undefined)) {
    const got = entry === undefined ? 'neither --program nor --graph' : 'both --program and --graph';
    throw usage('One thing is profiled', got, 'write --program ./model.js#program, or --graph <name or file>');
  }
  const { profileProgram } = await import('@sim4seg/compute/node');
  if (entry === undefined) return profileOneGraph(graph as string, options, settings);
  const program = await loadProgram(entry);
  const profile = await profileProgram(program, { ...settings, ...(weights === undefined ? {} : { weights }) });
  return { name: program.name, profile };
}

async function profileOneGraph(
  graph: string,
  { bundle }: CommandOptions,
  settings: Settings,
): Promise<{ name: string; profile: Profile }> {
  const { profileGraph } = await import('@sim4seg/compute/node');
  if (graph.endsWith('.onnx')) return { name: graph, profile: await profileGraph(graph, settings) };
  const { loadBundleFolder, resolveBundle } = await import('@sim4seg/compute/bundle');
  const { EMBEDDED_BUNDLE } = await import('../sdk/presets.js');
  const { folder, manifest } = await loadBundleFolder(resolveBundle(bundle ?? EMBEDDED_BUNDLE));
  const file = Object.hasOwn(manifest.graphs, graph) ? manifest.graphs[graph]?.file : undefined;
  if (file === undefined) throw unknownGraph(graph, Object.keys(manifest.graphs));
  const session = { externalFolder: folder };
  return { name: graph, profile: await profileGraph(join(folder, file), { ...settings, session }) };
}

function unknownGraph(graph: string, known: readonly string[]): Sim4SegError {
  return new Sim4SegError('BUNDLE_MISSING', {
    must: 'The bundle must hold the graph that --graph names',
    got: `"${graph}"; it holds ${known.join(', ')}`,
    fix: 'name one of these, or the path of an .onnx file',
  });
}
