import { RowhouseError } from '@rowhouse/core';

/** The tenant has no such MCP server. */
export class McpServerNotFoundError extends RowhouseError {
  readonly code = 'MCP_SERVER_NOT_FOUND';
  readonly status = 404;
  readonly detail = 'There is no such MCP server.';
  constructor() {
    super('The tenant in force has no MCP server with this id.');
  }
}

/** The tool was not selected, or is another one than when it was. */
export class McpToolNotSelectedError extends RowhouseError {
  readonly code = 'MCP_TOOL_NOT_SELECTED';
  readonly status = 403;
  readonly detail = 'This tool is not selected.';
  constructor() {
    super("Only selected tools of an MCP server are called. Who may select them is the guard's to say.");
  }
}

/** Why an MCP server cannot be used. */
export type McpFailure =
  /** Its URL, or an address of its host, is not allowed. */
  | 'address'
  /** Its host has no address, nobody listens there, or the certificate is not valid. */
  | 'connection'
  /** It wants other credentials. */
  | 'credentials'
  | 'timeout'
  /** An answer is longer than `maxBytes`. */
  | 'size'
  /** What it answers is no MCP, or an error. */
  | 'protocol';

/** An MCP server does not answer as it should. */
export class McpServerError extends RowhouseError {
  readonly code = 'MCP_SERVER_FAILED';
  readonly status = 502;
  readonly detail: string;
  /** What the server has said is not kept here: it is in its exchanges. */
  constructor(readonly failure: McpFailure) {
    super(`The MCP server cannot be used: ${failure}.`);
    this.detail = `The MCP server cannot be used: ${failure}.`;
  }
}

/** Somebody else has changed the MCP server at the same time. */
export class McpServerConflictError extends RowhouseError {
  readonly code = 'MCP_SERVER_CONFLICT';
  readonly status = 409;
  readonly detail = 'The MCP server was changed at the same time. Look again.';
  constructor() {
    super('The MCP server was changed or removed by somebody else at the same time.');
  }
}
