// What a package offers, as text: the declarations behind each public entry, without comments, by name.
import { readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import ts from 'typescript';

const printer = ts.createPrinter({ removeComments: true, newLine: ts.NewLineKind.LineFeed });

/** Public entries of a package: `[name as people import it, declaration file]`. */
const entriesOf = (folder) => {
  const { name, exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return Object.entries(exports)
    .filter(([, target]) => typeof target === 'object' && target.types)
    .map(([key, target]) => [key === '.' ? name : `${name}${key.slice(1)}`, join(folder, target.types)]);
};

/** The statement that declares a name; of `const a = 1, b = 2` the whole line. */
const statementOf = (declaration) => {
  let node = declaration;
  while (node.parent && !ts.isSourceFile(node.parent) && !ts.isModuleBlock(node.parent)) node = node.parent;
  return node;
};

const declarationText = (declaration) =>
  printer
    .printNode(ts.EmitHint.Unspecified, statementOf(declaration), declaration.getSourceFile())
    .replace(/^export /, '')
    .replace(/^declare /, '');

const isModule = (symbol) => symbol.declarations?.some(ts.isSourceFile) ?? false;

const resolved = (checker, symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol);

/** The declarations behind a name; of a module that is exported as a name, those of all that it holds. */
const ownText = (checker, name, symbol) => {
  if (isModule(symbol)) return `namespace ${name} {\n${indented(membersText(checker, symbol))}\n}`;
  const texts = [...new Set((symbol.declarations ?? []).map(declarationText))];
  return [...texts, ...(symbol.name === name ? [] : [`export { ${symbol.name} as ${name} };`])].join('\n');
};

const membersText = (checker, module) =>
  checker
    .getExportsOfModule(module)
    .map((member) => [member.name, ownText(checker, member.name, resolved(checker, member))])
    .sort(byName)
    .map(([, text]) => text)
    .join('\n');

const indented = (text) => text.replaceAll(/^(?=.)/gm, '  ');

const byName = ([a], [b]) => (a < b ? -1 : 1);

/** `[own declarations, names that are passed on by package]` of an entry. */
const exportsOf = (checker, source, folder) => {
  const own = [];
  const passed = {};
  for (const exported of checker.getExportsOfModule(checker.getSymbolAtLocation(source))) {
    const symbol = resolved(checker, exported);
    const declarations = symbol.declarations ?? [];
    const file = declarations[0]?.getSourceFile().fileName ?? '';
    const home = relative(folder, file).startsWith('..') ? packageOf(file) : null;
    if (home) (passed[home] ??= []).push(exported.name);
    else own.push([exported.name, ownText(checker, exported.name, symbol)]);
  }
  return { own: own.sort(byName), passed: Object.entries(passed).sort(byName) };
};

/** The package that a declaration file belongs to. */
const packageOf = (file) => {
  const parts = file.split(sep);
  const at = parts.lastIndexOf('node_modules');
  if (at >= 0) return parts[at + 1].startsWith('@') ? `${parts[at + 1]}/${parts[at + 2]}` : parts[at + 1];
  const folder = parts.slice(0, parts.lastIndexOf('packages') + 2).join(sep);
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).name;
};

const entryText = (name, { own, passed }) =>
  [
    `## ${name}`,
    ...passed.map(
      ([home, names]) =>
        `Passed on from \`${home}\`: ${names
          .sort()
          .map((n) => `\`${n}\``)
          .join(', ')}`,
    ),
    ...(own.length > 0 ? [['```ts', own.map(([, text]) => text).join('\n\n'), '```'].join('\n')] : []),
  ].join('\n\n');

/** The reports of packages that have been built: `{ [package name]: text }`. */
export function apiReports(folders) {
  const packages = folders
    .map((folder) => ({ folder, entries: entriesOf(folder) }))
    .filter((p) => p.entries.length > 0);
  const files = packages.flatMap(({ entries }) => entries.map(([, file]) => file));
  const program = ts.createProgram(files, {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    skipLibCheck: true,
    // Declarations are printed as they stand, so that no library has to be known.
    noLib: true,
    types: [],
  });
  const checker = program.getTypeChecker();
  return Object.fromEntries(
    packages.map(({ folder, entries }) => {
      const texts = entries.map(([name, file]) => {
        const source = program.getSourceFile(file);
        if (!source) throw new Error(`${relative(process.cwd(), file)} is not there: run "npm run build" first`);
        return entryText(name, exportsOf(checker, source, folder));
      });
      const head = `# API of ${entries[0][0]}\n\nMade by \`npm run api\`; what changes here, changes for those who use the package.`;
      return [entries[0][0], `${[head, ...texts].join('\n\n')}\n`];
    }),
  );
}
