export type { ChromaDatabases } from './chroma-databases.js';
export { chromaStore } from './chroma-store.js';
export { sharedChromaCollection } from './shared-chroma-collection.js';
