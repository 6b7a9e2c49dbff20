export {
  type McpFailure,
  McpServerConflictError,
  McpServerError,
  McpServerNotFoundError,
  McpToolNotSelectedError,
} from './mcp-errors.js';
export type { McpProgram, TenantMcpModuleOptions } from './mcp-options.js';
export type { McpServerFilter } from './mcp-records.js';
export type { McpServerView } from './mcp-servers.controller.js';
export type { NewMcpServer } from './new-mcp-server.js';
export { TenantMcpModule, type TenantMcpOptionsFactory } from './tenant-mcp.module.js';
export { TenantMcpExchange } from './tenant-mcp-exchange.entity.js';
export {
  MCP_TRANSPORTS,
  type McpTool,
  type McpTransport,
  TenantMcpServer,
} from './tenant-mcp-server.entity.js';
export {
  type McpAuthorizeOptions,
  type McpTestResult,
  type McpToolResult,
  TenantMcpServers,
} from './tenant-mcp-servers.js';
