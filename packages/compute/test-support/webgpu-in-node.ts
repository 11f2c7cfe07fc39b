// Prints the outputs of the probe on the provider that the first argument names, or the error's code and reason.
import { isSim4SegError } from '@sim4seg/core';
import { compile } from '@sim4seg/compute';
import type { Provider, TensorValue } from '@sim4seg/compute';
import { probe, probeDims, probeInputs, probeParams } from './browser/probe.js';

async function outputs(target: Provider): Promise<object> {
  await using session = await compile(probe, { dims: probeDims, weights: probeParams, target });
  const values: Record<string, TensorValue> = await session.run(probeInputs);
  const numbers = Object.entries(values).map(([name, { data }]) => [name, [...data]] as const);
  return { provider: session.provider, numbers: Object.fromEntries(numbers) };
}

async function report(): Promise<object> {
  try {
    return await outputs(process.argv[2] as Provider);
  } catch (error) {
    if (!isSim4SegError(error)) throw error;
    return { code: error.code, got: error.got };
  }
}

process.stdout.write(JSON.stringify(await report()));
