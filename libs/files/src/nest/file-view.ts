import type { TenantFile } from '../tenant-file.entity.js';

/** A file, as clients see it. */
export type FileView = Omit<TenantFile, 'claim' | 'claimedUntil'>;

export function viewOf({ claim: _claim, claimedUntil: _claimedUntil, ...view }: TenantFile): FileView {
  return view;
}
