import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

/** Software Vulkan of Debian's chromium: a graphics card for the provider where the computer has none. */
const DRIVER = '/usr/lib/chromium/vk_swiftshader_icd.json';

interface Report {
  readonly provider?: string;
  readonly numbers: Readonly<Record<string, readonly number[]>>;
  readonly code?: string;
  readonly got?: string;
}

/** A process of its own: the driver is found through the environment, and a driver that crashes ends only this. */
async function reportOn(provider: 'cpu' | 'webgpu'): Promise<Report> {
  const script = join(import.meta.dirname, '../../test-support/webgpu-in-node.ts');
  const args = ['--conditions=sim4seg-source', '--import', 'tsx', script, provider];
  const env = { ...process.env, VK_ICD_FILENAMES: DRIVER, LD_LIBRARY_PATH: dirname(DRIVER) };
  const { stdout } = await promisify(execFile)(process.execPath, args, { env, timeout: 100_000 });
  return JSON.parse(stdout) as Report;
}

const hasDriver = existsSync(DRIVER);
if (!hasDriver) console.log(`skipped: WebGPU in Node; there is no ${DRIVER}`);

it.skipIf(!hasDriver)(
  'the webgpu provider of onnxruntime-node gives the numbers of the cpu',
  async ({ skip }) => {
    const [gpu, cpu] = await Promise.all([reportOn('webgpu'), reportOn('cpu')]);
    if (gpu.code === 'ENGINE_MISSING') {
      console.log(`skipped: WebGPU in Node; ${gpu.got}`);
      skip();
    }
    expect([gpu.provider, cpu.provider]).toEqual(['webgpu', 'cpu']);
    for (const [name, values] of Object.entries(cpu.numbers)) {
      expect(gpu.numbers[name]?.length).toBe(values.length);
      const worst = values.reduce((most, x, i) => Math.max(most, Math.abs(x - (gpu.numbers[name]?.[i] ?? NaN))), 0);
      expect(worst, name).toBeLessThan(1e-4);
    }
  },
  120_000,
);
