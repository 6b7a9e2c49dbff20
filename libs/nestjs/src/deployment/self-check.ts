import { Logger } from '@nestjs/common';
import { examine, SelfCheckFailedError } from '@rowhouse/core';
import { withFields } from '@rowhouse/core/internal';
import { addressOf, replicaAddressesOf } from '@rowhouse/typeorm/internal';
import type { TenancyOptions } from '../tenancy-options.js';

/**
 * Examines the deployment before the application serves anybody: that pins hold on the configured path, and that
 * PostgreSQL keeps tenants apart.
 *
 * @throws {SelfCheckFailedError} when a check fails and `selfCheck` is `enforce`.
 */
export async function checkSelf({ typeorm, directUrl, pool, selfCheck }: TenancyOptions): Promise<void> {
  if (selfCheck === 'off' || !typeorm) return;
  const logger = new Logger('RowhouseSelfCheck');
  const { checks } = await examine({
    app: withFields(addressOf(typeorm), pool),
    owner: addressOf(typeorm, directUrl),
    replicas: replicaAddressesOf(typeorm),
    quick: true,
  });
  const line = ({ id, detail, remedy }: (typeof checks)[number]) => `${id}: ${detail} ${remedy}`.trim();
  const failures = checks.filter(({ status }) => status === 'fail').map(line);
  for (const warning of checks.filter(({ status }) => status === 'warn')) logger.warn(line(warning));
  if (failures.length === 0) return;
  if (selfCheck === 'enforce') throw new SelfCheckFailedError(failures);
  for (const failure of failures) logger.error(failure);
}
