import type { TenantFile } from '../tenant-file.entity.js';

/** The name of the jobs that make a thumbnail. */
export const THUMBNAIL_JOB = 'files.thumbnail';

export interface ThumbnailJobData {
  readonly fileId: string;
}

/** Pictures of pixels. SVG is a program more than a picture, and never read. */
const PICTURES: ReadonlySet<string> = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
]);

/** Their content was compared with the type before. */
export const isPicture = ({ contentType }: Pick<TenantFile, 'contentType'>): boolean =>
  PICTURES.has(contentType);
