export {
  type ExportControl,
  type ExportGround,
  type ExportProgress,
  exportHome,
} from '../../export/export-home.js';
export type { ExportedSequence, ExportedTable, ExportManifest } from '../../export/export-manifest.js';
export type { PurgeControl, PurgeProgress } from './purge-control.js';
export { type PurgeGround, purgeHome } from './purge-home.js';
