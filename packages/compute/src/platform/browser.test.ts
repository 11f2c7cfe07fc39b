import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { build } from 'vite';
import type { Plugin } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compile, compileTrainStep, runEager } from '../index.js';
import type { TensorValue } from '../index.js';
import type { ProbePage } from '../../test-support/browser/page.js';
import { probe, probeDims, probeInputs, probeParams, probeStep } from '../../test-support/browser/probe.js';
import { serveFolder } from '../../test-support/browser/serve-folder.js';
import type { ServedFolder } from '../../test-support/browser/serve-folder.js';

const CHROMIUM = '/usr/bin/chromium';
const root = join(import.meta.dirname, '../../../..');
const pageFolder = join(root, 'packages/compute/test-support/browser');
const published = join(root, 'packages/compute/dist/index.js');

/** SwiftShader of the browser is a graphics card for WebGPU where the computer has none. */
const WEBGPU_FLAGS = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan'];

const missing = [CHROMIUM, published].filter((file) => !existsSync(file));
if (missing.length > 0) console.log(`skipped: compute in a browser; there is no ${missing.join(', no ')}`);

type Numbers = Readonly<Record<string, readonly number[]>>;

async function computeInNode(): Promise<Numbers> {
  await using session = await compile(probe, { dims: probeDims, weights: probeParams });
  const values: Record<string, TensorValue> = await session.run(probeInputs);
  return Object.fromEntries(Object.entries(values).map(([name, { data }]) => [name, [...data]]));
}

async function trainInNode(): Promise<Numbers> {
  const step = await compileTrainStep(probeStep);
  step.init(probeParams);
  const losses: number[] = [];
  for (let n = 1; n <= 3; n += 1) losses.push((await step.step(probeInputs, { lr: 0.01, step: n })).loss);
  const { head } = step.params();
  await step.release();
  return { losses, head: [...head!.data] };
}

function expectClose(numbers: Numbers, expected: Numbers): void {
  for (const [name, values] of Object.entries(expected)) {
    const worst = values.reduce((most, x, i) => Math.max(most, Math.abs(x - (numbers[name]?.[i] ?? NaN))), 0);
    expect(numbers[name]?.length, name).toBe(values.length);
    expect(worst, name).toBeLessThan(1e-4);
  }
}

/** Modules of Node that the page asks for, with who asks; the bundler would put empty ones in their place. */
const askedOfNode: string[] = [];

const noteModulesOfNode: Plugin = {
  name: 'note-modules-of-node',
  enforce: 'pre',
  resolveId: (source, importer) => {
    if (isBuiltin(source)) askedOfNode.push(`${source} in ${importer}`);
  },
};

async function copyFiles(from: string, to: string, wanted: RegExp): Promise<void> {
  await mkdir(to);
  for (const file of (await readdir(from)).filter((name) => wanted.test(name)))
    await copyFile(join(from, file), join(to, file));
}

/** The page as a bundler makes it from the published form of the package, with the engines' files beside it. */
async function bundlePage(folder: string): Promise<void> {
  await build({
    root: pageFolder,
    configFile: false,
    logLevel: 'error',
    plugins: [noteModulesOfNode],
    build: { outDir: folder, emptyOutDir: true, minify: false, target: 'esnext', chunkSizeWarningLimit: 1e6 },
  });
  const modules = join(root, 'node_modules');
  await copyFiles(join(modules, '@tensorflow/tfjs-backend-wasm/dist'), join(folder, 'tfjs'), /\.wasm$/);
  await copyFiles(join(modules, 'onnxruntime-web/dist'), join(folder, 'ort'), /asyncify\.(wasm|mjs)$/);
}

describe.skipIf(missing.length > 0)('compute in a browser', { timeout: 120_000 }, () => {
  let folder = '';
  let served: ServedFolder;
  let browser: Browser;
  let page: Page;
  let expected: Numbers;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sim4seg-page-'));
    await bundlePage(folder);
    expected = await computeInNode();
    served = await serveFolder(folder);
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', ...WEBGPU_FLAGS] });
    page = await browser.newPage();
    await page.goto(served.address);
    await page.waitForFunction(() => 'probePage' in globalThis);
  }, 180_000);

  afterAll(async () => {
    await browser?.close();
    await served?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const compiled = (target: 'cpu' | 'webgpu', files?: string) =>
    page.evaluate(([t, at]) => (globalThis as unknown as { probePage: ProbePage }).probePage.compiled(t, at), [
      target,
      files,
    ] as const);
  const eager = (backend: string, files?: string) =>
    page.evaluate(
      ([name, at]) => (globalThis as unknown as { probePage: ProbePage }).probePage.eager(name as string, at),
      [backend, files] as const,
    );

  it('asks nothing of Node; what tfjs asks for is empty in browsers by its own declaration', () => {
    expect(askedOfNode.filter((text) => !/ in \S*\/node_modules\/(@tensorflow|seedrandom)\//.test(text))).toEqual([]);
  });

  it('runs a compiled program on onnxruntime-web, without a kernel of tfjs', async () => {
    const { kernels, ...numbers } = await compiled('cpu');
    expect(kernels).toEqual([0]);
    expectClose(numbers, expected);
  });

  it('trains: the state moves as in Node', async () => {
    const trained = await page.evaluate(() => (globalThis as unknown as { probePage: ProbePage }).probePage.trained());
    expect(trained['losses']?.[2]).toBeLessThan(trained['losses']?.[0] ?? 0);
    expectClose(trained, await trainInNode());
  });

  it('fetches the runtime from where it is told to', async () => {
    const other = await browser.newPage();
    const fetched: string[] = [];
    other.on('request', (request) => fetched.push(new URL(request.url()).pathname));
    await other.goto(served.address);
    await other.waitForFunction(() => 'probePage' in globalThis);
    await other.evaluate(() => (globalThis as unknown as { probePage: ProbePage }).probePage.compiled('cpu', '/ort/'));
    expect(fetched.filter((path) => path.endsWith('.wasm'))).toEqual(['/ort/ort-wasm-simd-threaded.asyncify.wasm']);
    await other.close();
  });

  it('runs the program eagerly on tfjs cpu and wasm', async () => {
    expectClose(await eager('cpu'), expected);
    expectClose(await eager('wasm', '/tfjs/'), expected);
  });

  it('names what a browser does not have', async () => {
    await expect(eager('tensorflow')).rejects.toThrow(/browsers have no @tensorflow\/tfjs-node/);
    await expect(eager('abacus')).rejects.toThrow(/'abacus' is registered/);
  });

  it('runs both engines on WebGPU', async ({ skip }) => {
    const adapter = await page.evaluate(() => (globalThis as unknown as { probePage: ProbePage }).probePage.adapter());
    if (adapter === null) {
      console.log('skipped: WebGPU in the browser; it has no adapter');
      skip();
    }
    expectClose(await compiled('webgpu'), expected);
    expectClose(await eager('webgpu'), expected);
  });
});

it('equals the eager engine in Node', async () => {
  const eager: Record<string, TensorValue> = await runEager(probe, probeParams, probeInputs);
  const numbers = Object.fromEntries(Object.entries(eager).map(([name, { data }]) => [name, [...data]]));
  expectClose(numbers, await computeInNode());
});
