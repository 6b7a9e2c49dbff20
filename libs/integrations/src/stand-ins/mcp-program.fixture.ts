import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';

/** An MCP server that is a program. */
const mcp = new McpServer({ name: 'program', version: '1.0.0' });
const text = (content: string) => ({ content: [{ type: 'text' as const, text: content }] });
mcp.registerTool('environment', { description: 'Says what it was started with.' }, () =>
  text(JSON.stringify(process.env)),
);
mcp.registerTool('huge', { description: 'Answers much.' }, () => text('x'.repeat(3_000_000)));
mcp.registerTool('never', { description: 'Never answers.' }, () => new Promise<never>(() => {}));
mcp.registerTool('end', { description: 'Ends itself.' }, () => process.exit(1));
await mcp.connect(new StdioServerTransport());
