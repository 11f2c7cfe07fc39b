import { isPlugin, pluginKind, type PluginDefinition } from '@sim4seg/core';
import { breach, demand } from './breach.js';
import type { ConformSettings, Suite } from './suite.js';

/** A check that needs no instance. */
export interface DeclarationCheck {
  readonly name: string;
  readonly must: string;
  readonly fix: string;
  run(): void;
}

/** What is checked before an instance is made: the declaration itself, and what it says of wrong options. */
export function declarationChecks(
  suite: Suite,
  plugin: PluginDefinition,
  settings: ConformSettings,
): DeclarationCheck[] {
  return [
    {
      name: 'declaration',
      must: `The plugin is made by definePlugin and provides the service '${suite.kind}'`,
      fix: 'export the result of definePlugin({...}) with the service of this kind',
      run: () => {
        demand(isPlugin(plugin), 'a value that definePlugin did not make');
        demand(pluginKind(plugin) === suite.kind, `a plugin of the kind '${pluginKind(plugin)}'`);
      },
    },
    {
      name: 'option errors',
      must: 'Unknown options and values of a wrong type are refused by the schema of the options',
      fix: 'declare optionsSchema as z.strictObject({...}) with a type for each option',
      run: () => expectStrictOptions(plugin, settings.options ?? {}),
    },
  ];
}

function expectStrictOptions({ optionsSchema }: PluginDefinition, options: Readonly<Record<string, unknown>>): void {
  const refuses = (value: unknown): boolean => !safely(() => optionsSchema.safeParse(value)).success;
  demand(!refuses(options), `the schema refuses the options that are checked: ${JSON.stringify(options)}`);
  demand(refuses({ ...options, 'no-such-option': 1 }), "an unknown option 'no-such-option' passes");
  const shape = (optionsSchema as { readonly shape?: Readonly<Record<string, unknown>> }).shape ?? {};
  const lax = Object.keys(shape).find((name) => !refuses({ ...options, [name]: () => 'no option is a function' }));
  demand(lax === undefined, `a function passes as the option '${lax}'`);
}

function safely<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw breach(`the schema throws where it should report: ${String(error)}`, error);
  }
}
