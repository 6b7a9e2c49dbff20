import { channel } from 'node:diagnostics_channel';
import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { GUARD_CHANNEL, type GuardFinding, InMemoryTenantStore } from '@rowhouse/core';
import { HeaderResolver } from '../resolvers/header.resolver.js';
import { parseTenancyOptions } from '../tenancy-options.js';
import { GuardLog } from './guard-log.js';

const finding: GuardFinding = {
  rule: 'ddl',
  detail: 'it drops',
  tenantId: 'a-tenant',
  text: 'drop table t',
  mode: 'warn',
};

function logged(mode: 'warn' | 'enforce', findings: readonly GuardFinding[]): unknown[] {
  const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => {});
  const log = new GuardLog(
    parseTenancyOptions({
      store: new InMemoryTenantStore(),
      resolvers: [new HeaderResolver()],
      pool: { guard: { mode } },
    }),
  );
  log.onModuleInit();
  for (const each of findings) channel(GUARD_CHANNEL).publish(each);
  log.onApplicationShutdown();
  channel(GUARD_CHANNEL).publish({ ...finding, text: 'after the end' });
  const messages = warn.mock.calls.map(([message]) => message);
  warn.mockRestore();
  return messages;
}

describe('GuardLog', () => {
  it('logs each text that the guard warns of once', () => {
    const messages = logged('warn', [finding, finding, { ...finding, text: 'drop table u' }]);
    expect(messages).toEqual([
      '[ddl] it drops. Sent for tenant a-tenant: drop table t',
      '[ddl] it drops. Sent for tenant a-tenant: drop table u',
    ]);
  });

  it('leaves what is refused to the log of errors', () => {
    expect(logged('enforce', [{ ...finding, mode: 'enforce' }])).toEqual([]);
  });
});
