export { defineConfig, type RowhouseConfig, type RowhouseConfigSource } from './config/define-config.js';
export { run } from './run.js';
export type { ExitCode, Io, Output } from './shell/io.js';
export type { ScriptContext, TenantScript } from './target/tenant-script.js';
