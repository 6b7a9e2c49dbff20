import type { Domain } from '@rowhouse/admin/services';
import { onOneLine } from '../../shell/print.js';
import { table } from '../../shell/report.js';

export function domainsText(domains: readonly Domain[]): string {
  if (domains.length === 0) return 'No domains.';
  const rows = domains.map(({ domain, unicode, status, isPrimary, failure }) => [
    domain,
    unicode === domain ? '' : unicode,
    status,
    isPrimary ? 'primary' : '',
    failure ?? '',
  ]);
  return table(['DOMAIN', 'UNICODE', 'STATUS', 'PRIMARY', 'FAILURE'], rows);
}

export function domainText({ domain, unicode, status, isPrimary, challenge, failure }: Domain): string {
  const name = unicode === domain ? domain : `${domain} (${unicode})`;
  const reason = failure === null ? '' : ` The last check failed: ${failure}.`;
  const lines = [`${name} is ${status}${isPrimary ? ', and the primary domain' : ''}.${reason}`];
  if (challenge && status !== 'verified')
    lines.push('It is proven by this DNS record:', `  ${challenge.name}. IN TXT "${challenge.value}"`);
  return lines.map(onOneLine).join('\n');
}
