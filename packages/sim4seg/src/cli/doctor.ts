import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import { createRequire } from 'node:module';
import { openBundle } from '@sim4seg/compute/bundle';
import { isSim4SegError } from '@sim4seg/core';
import { EMBEDDED_BUNDLE } from '../sdk/presets.js';
import { VERSION } from '../version.js';

/** Its own install step fetches CUDA files, which the processor does not need. */
const RUNTIME_FIX = 'ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node@1.30.0';

interface DoctorOptions {
  readonly bundle?: string;
  readonly json?: boolean;
}

interface Health {
  readonly versions: Readonly<Record<string, string>>;
  readonly cores: number;
  readonly processor: string;
  readonly memoryMb: { readonly total: number; readonly free: number };
  readonly engines: Readonly<Record<string, string>>;
  readonly bundle: string;
  readonly advice: readonly string[];
}

/** `sim4seg doctor`: what is there, and what to change; reports problems, never fails because of them. */
export async function doctorCommand(options: DoctorOptions): Promise<void> {
  const engines = enginesHere();
  const bundle = await tryBundle(options.bundle ?? EMBEDDED_BUNDLE);
  const memoryMb = { total: Math.round(totalmem() / 2 ** 20), free: Math.round(freemem() / 2 ** 20) };
  const cores = availableParallelism();
  const health: Health = {
    versions: { sim4seg: VERSION, node: process.versions.node, platform: `${process.platform}-${process.arch}` },
    cores,
    processor: cpus()[0]?.model ?? 'unknown',
    memoryMb,
    engines,
    bundle: bundle.text,
    advice: adviceFor({ engines, cores, freeMb: memoryMb.free, bundleFix: bundle.fix }),
  };
  process.stdout.write(options.json ? `${JSON.stringify(health, null, 2)}\n` : healthText(health));
}

/** Packages that can compute; only what is installed is looked at, nothing is loaded. */
function enginesHere(): Record<string, string> {
  const packages = {
    'ort (cpu)': 'onnxruntime-node',
    'tfjs wasm': '@tensorflow/tfjs-backend-wasm',
    'tfjs cpu': '@tensorflow/tfjs-backend-cpu',
    'tfjs tensorflow': '@tensorflow/tfjs-node',
    'tfjs tensorflow (gpu)': '@tensorflow/tfjs-node-gpu',
  };
  return Object.fromEntries(
    Object.entries(packages).map(([engine, name]) => [engine, versionOf(name) ?? 'not installed']),
  );
}

/** Engines are dependencies of compute, so they are looked for from there. */
function versionOf(name: string): string | null {
  const here = createRequire(import.meta.url);
  const places = [here, createRequire(here.resolve('@sim4seg/compute/package.json'))];
  for (const place of places) {
    for (const root of place.resolve.paths(name) ?? []) {
      try {
        return (place(`${root}/${name}/package.json`) as { version: string }).version;
      } catch {
        continue;
      }
    }
  }
  return null;
}

async function tryBundle(source: string): Promise<{ text: string; fix: string | null }> {
  try {
    await using bundle = await openBundle(source);
    const graph = Object.keys(bundle.manifest.graphs)[0];
    if (graph !== undefined) await bundle.warm([graph]);
    return { text: `${bundle.name} ${bundle.version}, every file intact, engine runs it`, fix: null };
  } catch (error) {
    if (!isSim4SegError(error)) throw error;
    return { text: `${error.code}: ${error.got}`, fix: error.fix };
  }
}

function adviceFor(found: {
  engines: Readonly<Record<string, string>>;
  cores: number;
  freeMb: number;
  bundleFix: string | null;
}): string[] {
  const advice: string[] = [];
  if (found.engines['ort (cpu)'] === 'not installed') {
    advice.push(`without ONNX Runtime tfjs answers, many times slower: ${RUNTIME_FIX}`);
  }
  if (found.bundleFix !== null) advice.push(`the bundle: ${found.bundleFix}`);
  if (found.freeMb < 700) advice.push('less than 700 MB of memory are free: close other programs, or use --tts 1x1');
  if (found.cores < 2) advice.push('one core only: answers take about twice as long as on two');
  return advice;
}

function healthText({ versions, cores, processor, memoryMb, engines, bundle, advice }: Health): string {
  const lines = [
    ...Object.entries(versions).map(([name, version]) => `${name.padEnd(22)} ${version}`),
    `${'cores'.padEnd(22)} ${cores} (${processor})`,
    `${'memory'.padEnd(22)} ${memoryMb.total} MB, ${memoryMb.free} MB free`,
    ...Object.entries(engines).map(([name, version]) => `${name.padEnd(22)} ${version}`),
    `${'bundle'.padEnd(22)} ${bundle}`,
    '',
    ...(advice.length > 0 ? advice.map((text) => `change: ${text}`) : ['nothing to change']),
  ];
  return `${lines.join('\n')}\n`;
}
