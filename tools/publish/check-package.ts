import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import type { Problem } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import type { Published } from './loopback-registry.js';
import { packedFiles } from './tarball.js';

/** What a package may weigh, in the committed file of bounds. */
export interface PackageBound {
  readonly unpackedKb: number;
  readonly dependencies: number;
}

/** What a package weighs. */
export type PackageSize = PackageBound & { readonly files: number };

/** The packages are modules for Node 20 and bundlers: how older resolutions would see them does not matter. */
const seen = (problem: Problem): boolean =>
  !('resolutionKind' in problem) || ['node16-esm', 'bundler'].includes(problem.resolutionKind);

/** What never belongs into a package. */
const strays = /\.test(-d)?\.|\.tsbuildinfo$|(^|\/)(test|test-support|node_modules)\//;

export function sizeOf({ manifest, tarball }: Published): PackageSize {
  const files = packedFiles(tarball);
  const named = [manifest['dependencies'], manifest['optionalDependencies']].flatMap((set) => Object.keys(set ?? {}));
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return { unpackedKb: Math.ceil(bytes / 1024), dependencies: named.length, files: files.length };
}

/** Everything that is wrong with a package as it would be published; nothing when it is clean. */
export async function problemsOf(published: Published, bound: PackageBound | undefined): Promise<string[]> {
  const problems = [
    ...weightProblems(sizeOf(published), bound),
    ...fileProblems(published),
    ...(await lintProblems(published)),
    ...(await typeProblems(published)),
  ];
  return problems.map((problem) => `${published.manifest.name}: ${problem}`);
}

function weightProblems(size: PackageSize, bound: PackageBound | undefined): string[] {
  if (bound === undefined) return ['has no entry in tools/checks/package-bounds.json'];
  return (['unpackedKb', 'dependencies'] as const)
    .filter((key) => size[key] > bound[key])
    .map((key) => `${key} is ${size[key]}, bound is ${bound[key]}`);
}

function fileProblems({ tarball }: Published): string[] {
  const paths = packedFiles(tarball).map(({ path }) => path);
  const missing = ['LICENSE', 'NOTICE', 'README.md'].filter((path) => !paths.includes(path));
  return [
    ...missing.map((path) => `has no ${path}`),
    ...paths.filter((path) => strays.test(path)).map((path) => `carries ${path}`),
  ];
}

async function lintProblems({ tarball }: Published): Promise<string[]> {
  const { messages, pkg } = await publint({ pack: { tarball: arrayBufferOf(tarball) } });
  return messages.map((message) => `publint: ${formatMessage(message, pkg, { color: false }) ?? message.code}`);
}

async function typeProblems({ manifest, tarball }: Published): Promise<string[]> {
  // A package of data has no types to be wrong.
  if (!JSON.stringify(manifest['exports']).includes('"types"')) return [];
  const result = await checkPackage(createPackageFromTarballData(new Uint8Array(tarball)));
  if (!result.types) return ['has no types'];
  return result.problems.filter(seen).map((problem) => `types: ${JSON.stringify(problem)}`);
}

const arrayBufferOf = (bytes: Buffer): ArrayBuffer => new Uint8Array(bytes).buffer;
