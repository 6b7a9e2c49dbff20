import type { RecordKind, WrittenRecords } from '@rowhouse/transfer';
import { type Command, InvalidArgumentError } from 'commander';
import { list } from '../../options/values.js';

const KINDS = ['settings', 'domains', 'members', 'overrides'] as const satisfies readonly RecordKind[];

/** @param what - goes along; begins the line of help. */
export function withInclude(command: Command, what: string): Command {
  return command.option('--include <kinds>', `${what}: settings,domains,members,overrides`, kindsOf);
}

/** `settings,members`, or `none`. */
function kindsOf(text: string): readonly RecordKind[] {
  if (text === 'none') return [];
  return list(text).map((name) => {
    const kind = KINDS.find((one) => one === name);
    if (!kind) throw new InvalidArgumentError(`Expected some of ${KINDS.join(',')}, or none.`);
    return kind;
  });
}

/** ` Settings: 2. Domains: 1, left out shop.acme.com.`, or nothing. */
export function textOfRecords(records: readonly WrittenRecords[]): string {
  return records
    .map(({ kind, written, same, skipped, leftOut }) => {
      const parts = [
        String(written),
        ...(same > 0 ? [`${same} there already`] : []),
        ...(skipped > 0 ? [`${skipped} skipped`] : []),
        ...(leftOut.length > 0 ? [`left out ${leftOut.join(', ')}`] : []),
      ];
      return ` ${kind[0]?.toUpperCase()}${kind.slice(1)}: ${parts.join(', ')}.`;
    })
    .join('');
}
