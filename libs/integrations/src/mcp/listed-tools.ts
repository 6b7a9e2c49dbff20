import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { ListToolsResultSchema } from '@modelcontextprotocol/sdk/types.js';
import { isStorableJson } from '@rowhouse/core/internal';
import type { McpTool } from './tenant-mcp-server.entity.js';

const MAX_TOOLS = 200;
const MAX_PAGES = 20;
const MAX_DESCRIPTION_LENGTH = 4_000;
const MAX_SCHEMA_BYTES = 32_768;
/** As the protocol says names should be. */
const TOOL_NAME = /^[\w./-]{1,128}$/;

/** The tools that a server has, of those that are as tools should be: what it sends is not trusted. */
export async function listTools(client: Client, signal: AbortSignal): Promise<readonly McpTool[]> {
  const tools = new Map<string, McpTool>();
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    // Not by `client.listTools()`: that compiles the schemas of the server.
    const answer = await client.request(
      { method: 'tools/list', params: cursor === undefined ? {} : { cursor } },
      ListToolsResultSchema,
      { signal },
    );
    for (const { name, description = '', inputSchema } of answer.tools) {
      const tool: McpTool = { name, description, inputSchema, isSelected: false };
      // Of two with one name, neither would be known from the other.
      if (tools.size < MAX_TOOLS && !tools.has(name) && isSound(tool)) tools.set(name, tool);
    }
    cursor = answer.nextCursor;
    if (cursor === undefined) break;
  }
  return [...tools.values()];
}

function isSound(tool: McpTool): boolean {
  return (
    TOOL_NAME.test(tool.name) &&
    tool.description.length <= MAX_DESCRIPTION_LENGTH &&
    Buffer.byteLength(JSON.stringify(tool.inputSchema)) <= MAX_SCHEMA_BYTES &&
    isStorableJson(tool)
  );
}

/** A tool stays selected as long as it says the same of itself. */
export function keepSelected(listed: readonly McpTool[], before: readonly McpTool[]): readonly McpTool[] {
  const selected = new Set(before.filter(({ isSelected }) => isSelected).map(wordsOf));
  return listed.map((tool) => ({ ...tool, isSelected: selected.has(wordsOf(tool)) }));
}

/** In the order of their names: PostgreSQL keeps keys of JSON in an order of its own. */
function wordsOf({ name, description, inputSchema }: McpTool): string {
  return JSON.stringify([name, description, inputSchema], (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}
