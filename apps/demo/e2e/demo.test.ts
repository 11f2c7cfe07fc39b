import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { FastifyInstance } from 'fastify';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { createSim4Seg, encodePng, makePhantom } from 'sim4seg';
import type { Sim4Seg } from 'sim4seg';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasEmbeddedBundle, testBundle } from '../../../packages/sim4seg/test/test-bundle.js';
import { createDemoServer } from '../server/create-server.js';

const CHROMIUM = '/usr/bin/chromium';
const QUESTION = 'Is there a breast lesion in this ultrasound? Outline it.';
const SEED = 7;
const SIZES = { desktop: { width: 1280, height: 860 }, phone: { width: 390, height: 844 } } as const;
const root = join(import.meta.dirname, '../../..');
const pictures = join(root, 'coverage/demo');

const hasBrowser = existsSync(CHROMIUM);
if (!hasBrowser) console.log(`skipped: the demo in a browser; there is no ${CHROMIUM}`);

describe.skipIf(!hasBrowser)('the demo in a browser', () => {
  let folder = '';
  let bundle = '';
  let model: Sim4Seg;
  let server: FastifyInstance;
  let browser: Browser;
  let address = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sim4seg-demo-'));
    await mkdir(pictures, { recursive: true });
    await writeFile(
      join(folder, 'image.png'),
      await encodePng(makePhantom('breast-ultrasound', 31, { split: 'val' }).picture),
    );
    bundle = await testBundle(folder);
    const web = join(folder, 'web');
    await build({
      configFile: join(root, 'apps/demo/vite.config.ts'),
      root: join(root, 'apps/demo/web'),
      build: { outDir: web },
    });
    model = await createSim4Seg({ bundle });
    server = await createDemoServer(model, { webRoot: web });
    address = await server.listen({ host: '127.0.0.1', port: 0 });
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
  }, 180_000);

  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await model?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** What `sim4seg diagnose` writes about the same image at the same seed. */
  async function diagnosed(): Promise<{ mask: string; reasoning: string }> {
    const out = join(folder, 'out');
    const cli = join(root, 'packages/sim4seg/src/cli.ts');
    const script = `await (await import(${JSON.stringify(cli)})).main(process.argv.slice(1))`;
    const flags = ['--conditions=sim4seg-source', '--import', 'tsx', '--input-type=module', '-e', script];
    const asked = ['diagnose', join(folder, 'image.png'), '-q', QUESTION, '--seed', String(SEED)];
    const args = [...flags, '--', ...asked, '--bundle', bundle, '--out', out];
    await promisify(execFile)(process.execPath, args, { cwd: root });
    const { reasoning } = JSON.parse(await readFile(join(out, 'result.json'), 'utf8')) as { reasoning: string };
    return { mask: (await readFile(join(out, 'mask.png'))).toString('base64'), reasoning };
  }

  async function ask(page: Page): Promise<void> {
    await page.locator('input[type=file]').setInputFiles(join(folder, 'image.png'));
    await page.getByLabel('question').fill(QUESTION);
    await page.getByRole('slider', { name: 'seed' }).fill(String(SEED));
    await page.getByRole('button', { name: 'Ask', exact: true }).click();
    await page.getByTestId('presence').waitFor({ timeout: 60_000 });
  }

  /** The bytes of the mask that the page draws. */
  function drawnMask(page: Page): Promise<string> {
    return page.evaluate(async () => {
      const canvas = document.querySelector<HTMLCanvasElement>('[data-testid=mask-layer][data-url]');
      const bytes = new Uint8Array(await (await fetch(canvas?.dataset['url'] ?? '')).arrayBuffer());
      return btoa(String.fromCharCode(...bytes));
    });
  }

  async function expectFits(page: Page): Promise<void> {
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    expect(await page.getByRole('note').isVisible()).toBe(true);
  }

  it.each(Object.entries(SIZES))(
    'answers as the command does, and redraws when a part is switched (%s)',
    async (name, viewport) => {
      const page = await browser.newPage({ viewport });
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(error.message));
      await page.goto(address);
      await page.getByRole('button', { name: /dermoscopy 1/ }).waitFor();
      await expectFits(page);
      await ask(page);
      await page.waitForSelector('[data-testid=mask-layer][data-url]', { state: 'attached' });
      const command = await diagnosed();
      expect(await page.getByTestId('reasoning').textContent()).toBe(command.reasoning);
      expect(await drawnMask(page)).toBe(command.mask);
      await page.screenshot({ path: join(pictures, `${name}-answer.png`), fullPage: true });

      const before = await page.locator('[data-testid=mask-layer]').getAttribute('data-url');
      await page.getByLabel('region prior').selectOption('none');
      await page.waitForFunction(
        (url) => document.querySelector<HTMLElement>('[data-testid=mask-layer]')?.dataset['url'] !== url,
        before,
      );
      // An untrained model may find nothing with either prior; the embedded one draws another mask.
      if (hasEmbeddedBundle) expect(await drawnMask(page)).not.toBe(command.mask);
      await page.getByLabel('region prior').selectOption('topCells');
      await page.getByLabel('grid').selectOption('8');
      await page.getByRole('slider', { name: 'masks a path' }).fill('3');
      await page.locator('.stage .chip', { hasText: 'similarity' }).click({ force: true });
      await page.waitForTimeout(1500);
      await expectFits(page);
      await page.screenshot({ path: join(pictures, `${name}-switched.png`), fullPage: true });
      expect(errors).toEqual([]);
      await page.close();
    },
  );

  it('says what is wrong with a file that is no picture', async () => {
    const page = await browser.newPage({ viewport: SIZES.phone });
    await writeFile(join(folder, 'text.png'), 'hello');
    await page.goto(address);
    await page.locator('input[type=file]').setInputFiles(join(folder, 'text.png'));
    expect(await page.getByRole('alert').textContent()).toMatch(/PNG|JPEG|picture/);
    await page.close();
  });

  it('serves its own page only, and limits what comes in', async () => {
    const foreign = await fetch(`${address}/api/state`, { headers: { origin: 'http://elsewhere.example' } });
    expect(foreign.status).toBe(403);
    const body = new Uint8Array(17 * 2 ** 20);
    const large = await fetch(`${address}/api/images`, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body,
    });
    expect(large.status).toBe(413);
    const unknown = await fetch(`${address}/api/answers`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"imageId": "x", "question": "?", "options": {}}',
    });
    expect(unknown.status).toBe(400);
  });
});
