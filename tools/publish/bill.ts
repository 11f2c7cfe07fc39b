import { VERSION } from '../../packages/sim4seg/src/version.js';
import type { Stranger } from './stranger.js';

interface Component {
  readonly name: string;
  readonly licenses?: readonly unknown[];
  readonly externalReferences?: readonly { readonly url: string }[];
}

/** A bill of materials in CycloneDX's form, as far as it is looked at here. */
export interface Bill {
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
}

/** Bill of materials of an installation, by npm from the lock file that the installation left. */
export async function billOf(stranger: Stranger): Promise<Bill> {
  // npm writes a bill of a project with a name and a version only.
  await stranger.npm(['pkg', 'set', 'name=sim4seg-installation', `version=${VERSION}`]);
  const bill = JSON.parse(await stranger.npm(['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'])) as Bill;
  return {
    ...bill,
    metadata: { ...bill.metadata, component: { ...bill.metadata.component, name: 'sim4seg-installation' } },
    components: bill.components.map(withoutLoopback),
  };
}

/** Where a package came from was a registry that is gone now. */
function withoutLoopback({ externalReferences = [], ...component }: Component): Component {
  return { ...component, externalReferences: externalReferences.filter(({ url }) => !url.includes('//127.0.0.1:')) };
}
