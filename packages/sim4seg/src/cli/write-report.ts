import { dirname } from 'node:path';

/** Prints lines for people; with `--json F` the whole report goes to F as well, with `--json -` to the terminal instead. */
export async function writeReport(report: object, lines: readonly string[], json: string | undefined): Promise<void> {
  const text = `${JSON.stringify(report, null, 2)}\n`;
  if (json === '-') {
    process.stdout.write(text);
    return;
  }
  if (json !== undefined) {
    const [{ writeFileAtomic }, { makeFolder }] = await Promise.all([
      import('@sim4seg/compute/node'),
      import('../output/write-answer.js'),
    ]);
    await makeFolder(dirname(json));
    await writeFileAtomic(json, text);
  }
  process.stdout.write(`${lines.join('\n')}\n`);
}
