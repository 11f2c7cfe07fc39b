import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

describe('ground truth', () => {
  it('is unreachable for a selector by type', () => {
    const file = fileURLToPath(new URL('./ground-truth.test-d.ts', import.meta.url));
    const base = fileURLToPath(new URL('../../../tsconfig.base.json', import.meta.url));
    const { options } = ts.parseJsonConfigFileContent(ts.readConfigFile(base, ts.sys.readFile).config, ts.sys, '.');
    const program = ts.createProgram([file], { ...options, noEmit: true, composite: false, types: [] });
    const problems = program.getSemanticDiagnostics(program.getSourceFile(file));
    expect(problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([]);
    expect(program.getSourceFile(file)?.text.match(/@ts-expect-error/g)).toHaveLength(3);
  });
});
