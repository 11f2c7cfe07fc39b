import { Sim4SegError, applySets, mergeConfig, parseConfig } from '@sim4seg/core';
import type { ConfigTree } from '@sim4seg/core';
import { readConfigFile } from '../config/config-file.js';

/** Options of commands that answer, as commander gives them. */
export interface ModelOptions {
  readonly config?: string;
  readonly set?: readonly string[];
  readonly bundle?: string;
  readonly tts?: string;
  readonly seed?: string;
}

/** A config tree and the folder that its paths start from. */
export interface ChosenConfig {
  readonly tree: ConfigTree;
  readonly folder: string;
}

/**
 * The config file, then `--set`, then the options with a name of their own.
 * @throws CONFIG_UNREADABLE, CONFIG_INVALID, USAGE
 */
export async function chooseConfig(options: ModelOptions): Promise<ChosenConfig> {
  const file = options.config === undefined ? null : await readConfigFile(options.config);
  const folder = file?.folder ?? process.cwd();
  const tree = applySets(parseConfig(file?.tree ?? {}), options.set ?? []);
  const named: ConfigTree = {
    ...(options.bundle === undefined ? {} : { bundle: options.bundle }),
    ...(options.seed === undefined ? {} : { seed: wholeNumber('--seed', options.seed) }),
    ...(options.tts === undefined ? {} : { tts: parseTts(options.tts) }),
  };
  return { tree: parseConfig(mergeConfig(tree, named)), folder };
}

/** `MxN`: M reasoning paths, N masks a path. @throws USAGE */
function parseTts(text: string): { paths: number; masks: number } {
  const match = /^([1-9]\d?)x([1-9]\d?)$/i.exec(text.trim());
  if (match) return { paths: Number(match[1]), masks: Number(match[2]) };
  throw usage('--tts must be MxN: reasoning paths x masks per path, 1 to 99 each', text, 'write for example --tts 3x3');
}

/** @throws USAGE */
export function wholeNumber(option: string, text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text.trim()) && Number.isSafeInteger(value)) return value;
  throw usage(`${option} must be a whole number`, text, `write for example ${option} 7`);
}

export function usage(must: string, got: string, fix: string): Sim4SegError {
  return new Sim4SegError('USAGE', { must, got: JSON.stringify(got.slice(0, 200)), fix });
}
