import { counted } from '@rowhouse/core/internal';
import type { ContentsReport } from '@rowhouse/transfer';
import type { Command } from 'commander';
import { sizeText } from '../../shell/size-text.js';

/** What the flags of {@link withFiles} say. */
export interface FilesFlags {
  /** `false` for `--without-files`, `true` for `--with-files`. */
  readonly withFiles?: true;
  readonly withoutFiles?: true;
}

export function withoutFiles(command: Command): Command {
  return command.option('--without-files', 'the contents of files stay behind, and only their rows go along');
}

/** The option of what is called. */
export function contentsOf({ withFiles, withoutFiles }: FilesFlags): { readonly contents?: boolean } {
  if (withoutFiles) return { contents: false };
  return withFiles ? { contents: true } : {};
}

/** ` With 12 files (1.2 MiB), 1 missing.`, or ` Without the contents of its files.`, or nothing. */
export function textOfContents(contents: readonly ContentsReport[]): string {
  return contents
    .map(({ name, isIncluded, objects, bytes, missing }) => {
      if (!isIncluded) return ` Without the contents of its ${name}.`;
      const lost = missing > 0 ? `, ${missing} missing` : '';
      return ` With ${counted(objects, name.replace(/s$/, ''), name)} (${sizeText(bytes)})${lost}.`;
    })
    .join('');
}
