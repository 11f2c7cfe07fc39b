// Starts the batch thread from its TypeScript source, for tests and scripts of this repository.
import { register } from 'tsx/esm/api';

register();
await import('./batch-thread.ts');
