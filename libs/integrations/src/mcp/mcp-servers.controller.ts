import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  Post,
  Put,
  Query,
  type Type,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import { RequireTenant, TenancyExceptionFilter } from '@rowhouse/nestjs';
import { type Page, pageOf, pageQuery, SchemaPipe } from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import type { TenantIntegrationsRoutesOptions } from '../nest/integrations-path.js';
import type { NewMcpServer } from './new-mcp-server.js';
import type { TenantMcpExchange } from './tenant-mcp-exchange.entity.js';
import type { McpTool, TenantMcpServer } from './tenant-mcp-server.entity.js';
import { type McpTestResult, type McpToolResult, TenantMcpServers } from './tenant-mcp-servers.js';

/** An MCP server, as clients see it: without its headers. */
export type McpServerView = Pick<
  TenantMcpServer,
  'id' | 'name' | 'transport' | 'url' | 'program' | 'integrationId' | 'tools' | 'createdBy' | 'createdAt'
>;

function viewOf({
  id,
  name,
  transport,
  url,
  program,
  integrationId,
  tools,
  createdBy,
  createdAt,
}: TenantMcpServer): McpServerView {
  return { id, name, transport, url, program, integrationId, tools, createdBy, createdAt };
}

const listQuery = pageQuery({
  defaultLimit: 50,
  maxLimit: 200,
  key: z.tuple([z.iso.datetime(), z.uuid()]),
});
const selection = z.strictObject({ tools: z.array(z.string()).max(200) });
const authorization = z
  .strictObject({
    returnTo: z.string().optional(),
    clientId: z.string().min(1).max(500).optional(),
    clientSecret: z.string().min(1).max(2_000).optional(),
  })
  .nullish()
  .transform((body) => body ?? {});
const toolCall = z.strictObject({
  tool: z.string(),
  arguments: z.record(z.string(), z.unknown()).default({}),
});

/** The MCP servers of the request's tenant. */
class McpServersController {
  constructor(@Inject(TenantMcpServers) private readonly servers: TenantMcpServers) {}

  @Post()
  async connect(@Body() body: NewMcpServer): Promise<McpServerView> {
    return viewOf(await this.servers.connect(body));
  }

  @Get()
  async list(
    @Query(new SchemaPipe('query', listQuery)) { limit, cursor }: z.output<typeof listQuery>,
  ): Promise<Page<McpServerView>> {
    const after = cursor && { createdAt: new Date(cursor[0]), id: cursor[1] };
    const found = await this.servers.list({ after, limit: limit + 1 });
    return pageOf(found.map(viewOf), limit, ({ createdAt, id }) => [createdAt.toISOString(), id]);
  }

  @Get(':id')
  async get(@Param('id') id: string): Promise<McpServerView> {
    return viewOf(await this.servers.get(id));
  }

  @Delete(':id')
  @HttpCode(204)
  async delete(@Param('id') id: string): Promise<void> {
    await this.servers.delete(id);
  }

  /** @returns where the browser goes; it comes back to the callback of integrations. */
  @Post(':id/authorize')
  @HttpCode(200)
  async authorize(
    @Param('id') id: string,
    @Body(new SchemaPipe('body', authorization)) body: z.output<typeof authorization>,
  ): Promise<{ url: string }> {
    return { url: await this.servers.authorize(id, body) };
  }

  @Post(':id/test')
  @HttpCode(200)
  test(@Param('id') id: string): Promise<McpTestResult> {
    return this.servers.test(id);
  }

  @Post(':id/tools')
  @HttpCode(200)
  async listTools(@Param('id') id: string): Promise<{ tools: readonly McpTool[] }> {
    return { tools: await this.servers.listTools(id) };
  }

  @Put(':id/tools')
  async selectTools(
    @Param('id') id: string,
    @Body(new SchemaPipe('body', selection)) { tools }: z.output<typeof selection>,
  ): Promise<{ tools: readonly McpTool[] }> {
    return { tools: await this.servers.selectTools(id, tools) };
  }

  @Post(':id/call')
  @HttpCode(200)
  call(
    @Param('id') id: string,
    @Body(new SchemaPipe('body', toolCall)) { tool, arguments: args }: z.output<typeof toolCall>,
  ): Promise<McpToolResult> {
    return this.servers.call(id, tool, args);
  }

  @Get(':id/exchanges')
  async exchanges(@Param('id') id: string): Promise<{ items: readonly TenantMcpExchange[] }> {
    return { items: await this.servers.exchanges(id) };
  }
}

/** The controller at the app's path and behind the app's guard, for requests that name a tenant. */
export function mcpServersController({ path, auth }: TenantIntegrationsRoutesOptions): Type {
  @Controller(path)
  @RequireTenant()
  @UseGuards(auth)
  @UseFilters(TenancyExceptionFilter)
  class TenantMcpServersController extends McpServersController {}
  return TenantMcpServersController;
}
