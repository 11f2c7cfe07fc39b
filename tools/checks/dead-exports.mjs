// Names that a module exports and nobody uses: `node tools/checks/dead-exports.mjs [root]` lists them.
// What an entry point of a package exports is public and counts as used; a type may be exported to name what an exported
// function takes.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';

const skipped = /^(node_modules|dist|gen|coverage|runs|site|\..*)$/;
const isTest = (file) => /\.test(-d)?\.tsx?$/.test(file);

const sourceFiles = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return skipped.test(entry.name) ? [] : sourceFiles(path);
    return /\.(ts|tsx|mjs|js)$/.test(entry.name) && !/\.d\.ts$/.test(entry.name) ? [path] : [];
  });

/** `@sim4seg/core` -> the source file behind it, for every entry point of every package. */
const entryPoints = (root) =>
  new Map(
    readdirSync(join(root, 'packages')).flatMap((folder) => {
      const manifest = join(root, 'packages', folder, 'package.json');
      if (!existsSync(manifest)) return [];
      const { name, exports = {}, imports = {} } = JSON.parse(readFileSync(manifest, 'utf8'));
      const sourcesIn = (value) =>
        typeof value === 'string'
          ? [value].filter((path) => path.startsWith('./src/'))
          : Object.values(value).flatMap(sourcesIn);
      return [...Object.entries(exports), ...Object.entries(imports)].flatMap(([path, target]) =>
        sourcesIn(target).map((source) => [
          `${name}${path.slice(1)}#${source}`,
          join(root, 'packages', folder, source),
        ]),
      );
    }),
  );

const targetOf = (file, specifier, entries) => {
  if (!specifier.startsWith('.'))
    return [...entries].flatMap(([key, path]) => (key.startsWith(`${specifier}#`) ? [path] : []))[0];
  const path = resolve(dirname(file), specifier);
  const candidates = [path, path.replace(/\.js$/, '.ts'), path.replace(/\.js$/, '.tsx')];
  return candidates.find((candidate) => existsSync(candidate));
};

const namesOf = (elements) => elements.map((element) => (element.propertyName ?? element.name).text);

/** The names that an `import`, `export from` or `import()` takes, or null for all of them. */
const takenBy = (node) => {
  if (ts.isExportDeclaration(node)) return node.exportClause?.elements ? namesOf(node.exportClause.elements) : null;
  if (ts.isImportTypeNode(node)) return node.qualifier ? [node.qualifier.getText().split('.')[0]] : null;
  if (ts.isImportDeclaration(node)) {
    const bindings = node.importClause?.namedBindings;
    if (bindings && ts.isNamespaceImport(bindings)) return null;
    return [...(node.importClause?.name ? ['default'] : []), ...(bindings ? namesOf(bindings.elements) : [])];
  }
  const holder = ts.isAwaitExpression(node.parent) ? node.parent.parent : node.parent;
  if (ts.isVariableDeclaration(holder) && ts.isObjectBindingPattern(holder.name)) return namesOf(holder.name.elements);
  return null;
};

const specifierOf = (node) => {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier?.text;
  if (ts.isImportTypeNode(node)) return node.argument.literal?.text;
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) return node.arguments[0]?.text;
  return undefined;
};

const isExported = (node) =>
  ts.canHaveModifiers(node) && ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);

/** The names that the statements of a module export themselves. */
const exportsOf = (source) =>
  source.statements.flatMap((node) => {
    if (ts.isExportDeclaration(node)) return (node.exportClause?.elements ?? []).map(({ name }) => name.text);
    if (!isExported(node)) return [];
    if (!ts.isVariableStatement(node)) return node.name ? [node.name.text] : [];
    const names = ({ name }) => (ts.isIdentifier(name) ? [name.text] : name.elements.flatMap(names));
    return node.declarationList.declarations.flatMap(names);
  });

const parse = (file) => ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);

/** Every `[file, name]` that some other file takes; `*` stands for all names of a file. */
const usesIn = (source, entries) => {
  const uses = [];
  const visit = (node) => {
    const specifier = specifierOf(node);
    const target = specifier === undefined ? undefined : targetOf(source.fileName, specifier, entries);
    if (target !== undefined) for (const name of takenBy(node) ?? ['*']) uses.push(`${target}#${name}`);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return uses;
};

/** Types that their own module mentions elsewhere. */
const namedTypes = (source) => {
  const types = source.statements.filter((node) => ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node));
  const mentions = (name) => source.text.match(new RegExp(`\\b${name}\\b`, 'g')).length;
  return new Set(types.map(({ name }) => name.text).filter((name) => mentions(name) > 1));
};

/** What is exported below packages/ and apps/ and used nowhere, each as `file: name`. */
export const deadExports = (root) => {
  const folders = ['packages', 'apps', 'tools', 'bench', 'examples'].map((folder) => join(root, folder));
  const sources = folders.filter(existsSync).flatMap(sourceFiles).map(parse);
  const entries = entryPoints(root);
  const used = new Set(sources.flatMap((source) => usesIn(source, entries)));
  const isPublic = new Set(entries.values());
  return sources
    .filter(({ fileName }) => /^(packages\/[^/]+\/src|apps)\//.test(relative(root, fileName).replaceAll('\\', '/')))
    .filter(({ fileName }) => !isTest(fileName) && !isPublic.has(fileName) && !used.has(`${fileName}#*`))
    .flatMap((source) => {
      const nameable = namedTypes(source);
      const dead = exportsOf(source).filter((name) => !used.has(`${source.fileName}#${name}`) && !nameable.has(name));
      return dead.map((name) => `${relative(root, source.fileName)}: ${name}`);
    });
};

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const dead = deadExports(resolve(process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), '../..')));
  for (const name of dead) console.log(name);
  console.log(dead.length === 0 ? 'no dead exports' : `${dead.length} exports that nobody uses`);
  process.exit(dead.length === 0 ? 0 : 1);
}
