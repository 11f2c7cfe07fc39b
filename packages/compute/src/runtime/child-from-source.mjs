// Starts the session process from its TypeScript source, for tests and scripts of this repository.
import { register } from 'tsx/esm/api';

register();
await import('./child.ts');
