export {
  type ExportControl,
  type ExportGround,
  type ExportProgress,
  exportHome,
} from './export-home.js';
export type { ExportedSequence, ExportedTable, ExportManifest } from './export-manifest.js';
export type { PurgeControl, PurgeProgress } from './purge-control.js';
export { type PurgeGround, purgeHome } from './purge-home.js';
