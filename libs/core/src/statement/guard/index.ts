export { type SqlFacts, SqlReader } from '../sql-reader.js';
export type { Finding, GuardRule } from './finding.js';
export { GUARD_MODES, type GuardMode, type GuardOptions, guardOptionsSchema } from './guard-options.js';
export type { GuardedScope } from './guarded-scope.js';
export {
  GUARD_CHANNEL,
  type GuardFinding,
  StatementGuard,
  type StatementGuardStats,
} from './statement-guard.js';
