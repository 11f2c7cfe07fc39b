import { compareEngines, exampleInputs } from '@sim4seg/testing';
import { describe, expect, it } from 'vitest';
import { repositoryPrograms } from './repository-programs.js';

const TOLERANCE = 1e-3;

describe('every program of the repository gives the same numbers on every engine', async () => {
  it.each(await repositoryPrograms())('$name', async ({ name, program, dims, params }) => {
    const results = await compareEngines(program, { params, dims, inputs: exampleInputs(program, dims) });
    for (const result of results) {
      if ('skipped' in result) process.stdout.write(`${name}: ${result.engine} skipped, ${result.skipped}\n`);
      else expect(result.worst, `${result.output} on ${result.engine}`).toBeLessThan(TOLERANCE);
    }
    expect(results.filter((result) => 'worst' in result).length).toBeGreaterThan(0);
  });
});
