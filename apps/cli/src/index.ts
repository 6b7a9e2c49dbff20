export { defineConfig, type RowhouseConfig, type RowhouseConfigSource } from './config/define-config.js';
export type { ExitCode, Io, Output } from './io.js';
export { run } from './run.js';
export type { ScriptContext, TenantScript } from './tenant-script.js';
