import { randomUUID } from 'node:crypto';
import { OptionsInvalidError, TenantContext } from '@rowhouse/core';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import type { EntityManager } from 'typeorm';
import { isUuid } from '../integration-records.js';
import { rotateRows } from '../rotate-rows.js';
import type { RowSecrets } from '../row-secrets.js';
import { McpServerConflictError, McpServerNotFoundError } from './mcp-errors.js';
import { TenantMcpExchange } from './tenant-mcp-exchange.entity.js';
import { type McpTool, TenantMcpServer } from './tenant-mcp-server.entity.js';

/** How many exchanges of a server are kept. */
const KEPT = 20;

export interface McpServerFilter {
  /** The last one of the page before. */
  readonly after?: Pick<TenantMcpServer, 'createdAt' | 'id'> | undefined;
  readonly limit: number;
}

/** The rows of the MCP servers of the tenant in force. */
export class McpRecords {
  readonly #registry: DataSourceRegistry;

  /** @throws {OptionsInvalidError} when the data source does not know the entities. */
  constructor(registry: DataSourceRegistry) {
    for (const entity of [TenantMcpServer, TenantMcpExchange])
      if (!registry.ambient.hasMetadata(entity))
        throw new OptionsInvalidError('TenantMcpModule', [
          {
            field: 'typeorm.entities',
            expected: `expected ${entity.name} of @rowhouse/integrations/mcp among the entities`,
          },
        ]);
    this.#registry = registry;
  }

  async insert(server: TenantMcpServer): Promise<void> {
    await this.#manager().insert(TenantMcpServer, server);
  }

  /** @throws {McpServerNotFoundError} */
  async get(id: string): Promise<TenantMcpServer> {
    const server = isUuid(id) ? await this.#manager().findOneBy(TenantMcpServer, { id }) : null;
    if (!server) throw new McpServerNotFoundError();
    return server;
  }

  /** Latest first. */
  list({ after, limit }: McpServerFilter): Promise<TenantMcpServer[]> {
    const query = this.#manager()
      .createQueryBuilder(TenantMcpServer, 'server')
      .orderBy('server.createdAt', 'DESC')
      .addOrderBy('server.id', 'DESC')
      .take(limit);
    if (after)
      query.where('(server.createdAt, server.id) < (:createdAt::timestamptz, :id::uuid)', {
        createdAt: after.createdAt,
        id: after.id,
      });
    return query.getMany();
  }

  /** @throws {McpServerConflictError} when the tools were changed since they were read. */
  async setTools({ id, version }: TenantMcpServer, tools: readonly McpTool[]): Promise<void> {
    const { affected } = await this.#manager()
      .createQueryBuilder()
      .update(TenantMcpServer)
      .set({ tools: () => ':tools::jsonb', version: () => 'version + 1' })
      .setParameter('tools', JSON.stringify(tools))
      .where('id = :id and version = :version', { id, version })
      .execute();
    if (affected !== 1) throw new McpServerConflictError();
  }

  /** @throws {McpServerNotFoundError} */
  async delete(id: string): Promise<void> {
    const { id: known } = await this.get(id);
    await this.#manager().transaction(async (manager) => {
      await manager.delete(TenantMcpExchange, { serverId: known });
      await manager.delete(TenantMcpServer, { id: known });
    });
  }

  /** Has the current key encrypt what another one has. @returns how many rows. */
  rotate(secrets: RowSecrets): Promise<number> {
    return rotateRows(this.#manager(), TenantMcpServer, secrets);
  }

  /** Keeps the latest ones. */
  async addExchange(exchange: Omit<TenantMcpExchange, 'id' | 'createdAt'>): Promise<void> {
    await this.#manager().transaction(async (manager) => {
      await manager.insert(TenantMcpExchange, { ...exchange, id: randomUUID(), createdAt: new Date() });
      const old = await manager.find(TenantMcpExchange, {
        select: { id: true },
        where: { serverId: exchange.serverId },
        order: { createdAt: 'DESC', id: 'DESC' },
        skip: KEPT,
      });
      if (old.length > 0)
        await manager.delete(
          TenantMcpExchange,
          old.map(({ id }) => id),
        );
    });
  }

  /** Latest first. */
  exchanges(serverId: string): Promise<TenantMcpExchange[]> {
    return this.#manager().find(TenantMcpExchange, {
      where: { serverId },
      order: { createdAt: 'DESC', id: 'DESC' },
    });
  }

  #manager(): EntityManager {
    return this.#registry.for(TenantContext.require()).manager;
  }
}
