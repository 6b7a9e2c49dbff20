import { TenantEntity, TenantIndex } from '@rowhouse/typeorm';
import { Column, PrimaryColumn } from 'typeorm';
import { EncryptedColumns } from '../encrypted-columns.js';

/** A tool, as its server describes it: words of somebody else. */
export interface McpTool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of its arguments. */
  readonly inputSchema: object;
  /** Whether it may be called. */
  readonly isSelected: boolean;
}

/**
 * - `http`: Streamable HTTP.
 * - `sse`: HTTP with SSE, which was before it.
 * - `stdio`: a program, which the app's options name.
 */
export const MCP_TRANSPORTS = ['http', 'sse', 'stdio'] as const;
export type McpTransport = (typeof MCP_TRANSPORTS)[number];

/** An MCP server that a tenant has connected. Its headers are encrypted. */
@TenantEntity('tenant_mcp_servers')
@TenantIndex('createdAt', 'id')
export class TenantMcpServer extends EncryptedColumns {
  @PrimaryColumn({ type: 'uuid' }) id!: string;

  @Column({ type: 'text' }) name!: string;

  @Column({ type: 'text' }) transport!: McpTransport;

  /** `null` for a program. */
  @Column({ type: 'text', nullable: true }) url!: string | null;

  /** Its name in the app's options; `null` for a URL. */
  @Column({ type: 'text', nullable: true }) program!: string | null;

  /** The connection whose access token it is sent; `null` for none. */
  @Column({ type: 'uuid', name: 'integration_id', nullable: true }) integrationId!: string | null;

  /** As they were listed last. */
  @Column({ type: 'jsonb' }) tools!: readonly McpTool[];

  /** Counts changes of the tools. */
  @Column({ type: 'int' }) version!: number;

  /** Who has connected it: `user:42`. */
  @Column({ type: 'text', name: 'created_by' }) createdBy!: string;

  @Column({ type: 'timestamptz', precision: 3, name: 'created_at' }) createdAt!: Date;
}
