import { TenantEntity, TenantIndex } from '@rowhouse/typeorm';
import { Column, PrimaryColumn } from 'typeorm';

/** What was asked of an MCP server, and what came of it: for people who look for a mistake. Secrets are removed. */
@TenantEntity('tenant_mcp_exchanges')
@TenantIndex('serverId', 'createdAt')
export class TenantMcpExchange {
  @PrimaryColumn({ type: 'uuid' }) id!: string;

  @Column({ type: 'uuid', name: 'server_id' }) serverId!: string;

  /** `test`, `tools/list` or `tools/call`. */
  @Column({ type: 'text' }) method!: string;

  /** The beginning of what was sent, as JSON. */
  @Column({ type: 'text' }) request!: string;

  /** The beginning of what was answered, as JSON; or what went wrong. */
  @Column({ type: 'text' }) answer!: string;

  /** `ok`, or why it failed. */
  @Column({ type: 'text' }) outcome!: string;

  @Column({ type: 'int', name: 'duration_ms' }) durationMs!: number;

  @Column({ type: 'timestamptz', precision: 3, name: 'created_at' }) createdAt!: Date;
}
