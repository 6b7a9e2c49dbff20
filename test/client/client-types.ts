import openapiTS, { astToString, type OpenAPI3 } from 'openapi-typescript';

/** The types of `@rowhouse/client`: those of a document, with paths relative to where the admin API is mounted. */
export async function clientTypesOf(document: object, mountedAt: string): Promise<string> {
  const { paths, ...rest } = document as { paths: Record<string, unknown> };
  const relative = Object.entries(paths).map(([path, item]) => [path.replace(mountedAt, ''), item]);
  const ast = await openapiTS({ ...rest, paths: Object.fromEntries(relative) } as unknown as OpenAPI3);
  return `// Made by \`npm run generate:client\` from the document of the admin API.\n\n${astToString(ast)}`;
}
