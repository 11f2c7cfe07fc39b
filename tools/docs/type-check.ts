import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { root } from './pages.js';

/** What the compiler says about modules of TypeScript, each by its name, in the settings of the repository. */
export function typeErrors(modules: Readonly<Record<string, string>>): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'sim4seg-types-'));
  try {
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    const files = Object.entries(modules).map(([name, text]) => {
      const file = join(folder, name);
      writeFileSync(file, text);
      return file;
    });
    const program = ts.createProgram(files, compilerOptions());
    return files.flatMap((file) => diagnosticsOf(program, file)).map(textOf);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function compilerOptions(): ts.CompilerOptions {
  const file = join(root, 'tsconfig.base.json');
  const { options } = ts.parseJsonConfigFileContent(ts.readConfigFile(file, ts.sys.readFile).config, ts.sys, root);
  return {
    ...options,
    composite: false,
    declaration: false,
    declarationMap: false,
    noEmit: true,
    typeRoots: [join(root, 'node_modules/@types')],
  };
}

function diagnosticsOf(program: ts.Program, file: string): ts.Diagnostic[] {
  const source = program.getSourceFile(file);
  return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
}

function textOf({ file, start = 0, messageText }: ts.Diagnostic): string {
  const line = file ? file.getLineAndCharacterOfPosition(start).line : 0;
  const shown = file?.text.split('\n')[line] ?? '';
  return `${file?.fileName.split('/').at(-1)}: ${shown.trim()}\n  ${ts.flattenDiagnosticMessageText(messageText, '\n  ')}`;
}
