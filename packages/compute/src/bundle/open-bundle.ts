import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Sim4SegError, type GraphRunner, type GraphValue, type ModelBundle } from '@sim4seg/core';
import { createRuntime, type GraphSession, type Runtime, type RuntimeOptions } from '../runtime/create-runtime.js';
import type { GraphTensors } from '../runtime/protocol.js';
import { loadBundleFolder, type BundleFolder } from './bundle-folder.js';
import { isAddress, parseAddress } from './download/address.js';
import { downloadBundle, type DownloadBundleOptions, type RemoteBundle } from './download/download-bundle.js';
import { labelsOf, type BundleManifest } from './manifest.js';
import { resolveBundle, type ResolveBundleOptions } from './resolve-bundle.js';

export interface OpenBundleOptions extends ResolveBundleOptions, Partial<DownloadBundleOptions> {
  readonly threads?: number | undefined;
  /** Settings of the bundle's own runtime, such as `mode`, `providers` and `cacheFolder`. */
  readonly engine?: RuntimeOptions | undefined;
  /** Runs the graphs; one of its own if left out, which ends with the bundle. */
  readonly runtime?: Runtime | undefined;
}

/** A bundle in use: what parts see, and what its owner needs. */
export interface OpenBundle extends ModelBundle, AsyncDisposable {
  readonly folder: string;
  readonly manifest: BundleManifest;
  /** Loads graphs ahead of their first run. */
  warm(graphs: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a bundle: finds or downloads it, checks its files, starts the thread of its graphs. A graph is loaded at its
 * first run.
 * @param source a folder, the name of an installed package, or address and hash of a bundle on a server, also as one
 * text: `https://host/folder#sha256=<hex>`
 * @throws BUNDLE_MISSING, BUNDLE_DAMAGED, PATH_OUTSIDE; DOWNLOAD_FAILED
 */
export async function openBundle(source: string | RemoteBundle, options: OpenBundleOptions = {}): Promise<OpenBundle> {
  const folder = await findBundle(source, options);
  const runtime = options.runtime ?? createRuntime({ threads: options.threads, ...options.engine });
  try {
    return await assemble(await loadBundleFolder(folder), runtime, options.runtime === undefined);
  } catch (error) {
    if (options.runtime === undefined) await runtime.close();
    throw error;
  }
}

/**
 * The folder of a bundle, which is downloaded where an address is given.
 * @throws BUNDLE_MISSING, DOWNLOAD_FAILED; USAGE where no folder is named that downloads go to
 */
export async function findBundle(source: string | RemoteBundle, options: OpenBundleOptions = {}): Promise<string> {
  if (typeof source === 'string' && !isAddress(source)) return resolveBundle(source, options);
  const remote = typeof source === 'string' ? parseAddress(source) : source;
  const { cacheFolder } = options;
  if (cacheFolder !== undefined) return downloadBundle(remote, { ...options, cacheFolder });
  throw new Sim4SegError('USAGE', {
    must: 'Who opens a bundle from a server must name the folder that it is kept in',
    got: 'no cacheFolder',
    fix: 'pass { cacheFolder } with an absolute path that the app may write to',
  });
}

async function assemble(bundle: BundleFolder, runtime: Runtime, ownsRuntime: boolean): Promise<OpenBundle> {
  const { folder, manifest, sha256 } = bundle;
  const [texts, sessions] = [await readTexts(bundle), createSessions(bundle, runtime)];
  const close = async () => {
    if (ownsRuntime) await runtime.close();
    else await sessions.release();
  };
  return {
    name: manifest.name,
    version: manifest.version,
    sha256,
    folder,
    manifest,
    parts: manifest.parts,
    labels: labelsOf(manifest),
    graphs: createRunner(manifest, sessions),
    text: (file) => expectText(texts, file),
    warm: async (graphs) => void (await Promise.all(graphs.map(sessions.of))),
    close,
    [Symbol.asyncDispose]: close,
  };
}

interface Sessions {
  of(graph: string): Promise<GraphSession>;
  release(): Promise<void>;
}

function createSessions({ folder, manifest }: BundleFolder, runtime: Runtime): Sessions {
  const loaded = new Map<string, Promise<GraphSession>>();
  const load = (graph: string) => {
    const file = expectGraph(manifest, graph);
    return runtime.load({ model: join(folder, file), weightsFolder: folder });
  };
  return {
    of(graph) {
      const known = loaded.get(graph);
      if (known) return known;
      const session = load(graph);
      loaded.set(graph, session);
      // What did not load may load the next time.
      session.catch(() => loaded.delete(graph));
      return session;
    },
    async release() {
      for (const session of [...loaded.values()].reverse()) await (await session).release();
    },
  };
}

function createRunner(manifest: BundleManifest, sessions: Sessions): GraphRunner {
  return {
    has: (graph) => Object.hasOwn(manifest.graphs, graph),
    async run(graph, inputs, options = {}) {
      const session = await sessions.of(graph);
      return toProgramNames(await session.run(inputs, { signal: options.signal }));
    },
  };
}

/** An output that carries the name of an input has a suffix in the graph. */
function toProgramNames(outputs: GraphTensors): Record<string, GraphValue> {
  const renamed = Object.entries(outputs).map(([name, value]) => [name.replace(/:out$/, ''), value] as const);
  return Object.fromEntries(renamed) as Record<string, GraphValue>;
}

function expectGraph({ graphs, name }: BundleManifest, graph: string): string {
  const entry = Object.hasOwn(graphs, graph) ? graphs[graph] : undefined;
  if (entry) return entry.file;
  throw new Sim4SegError('BUNDLE_MISSING', {
    must: `The bundle "${name}" must hold the graph "${graph}"`,
    got: Object.keys(graphs).join(', ') || 'no graphs',
    fix: 'choose parts that the bundle was made for, or train a bundle with this part',
  });
}

const isText = (file: string) => /\.(json|txt|md)$/.test(file);

async function readTexts({ folder, manifest }: BundleFolder): Promise<ReadonlyMap<string, string>> {
  const files = Object.keys(manifest.files).filter(isText);
  return new Map(
    await Promise.all(files.map(async (file) => [file, await readFile(join(folder, file), 'utf8')] as const)),
  );
}

function expectText(texts: ReadonlyMap<string, string>, file: string): string {
  const text = texts.get(file);
  if (text !== undefined) return text;
  throw new Sim4SegError('BUNDLE_MISSING', {
    must: `The bundle must hold the text file ${file}`,
    got: [...texts.keys()].join(', ') || 'no text files',
    fix: 'choose parts that the bundle was made for',
  });
}
