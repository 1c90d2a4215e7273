/** The public surface of the library. */
export type { RefreshReport } from './catalog/refresh-report.ts';
export type { CatalogServer, Effect, ServerStatus, Tool, ToolDefinition } from './catalog/tool.ts';
export { packageVersion, processEnvironment, serverEnvironment } from './config/environment.ts';
export { loadConfig } from './config/load.ts';
export type { Config, ServerConfig } from './config/types.ts';
export { type ErrorCode, OrchestratorError, type RetrySafe } from './errors.ts';
export type { RecordedCall, RunRecord, RunSummary } from './execution/run-record.ts';
export type { RunRequest } from './execution/run-request.ts';
export type { RunError, RunResult, RunStatus } from './execution/run-result.ts';
export { defaultLimits, type Limits } from './limits.ts';
export { type ApiBridge, openLocalApi } from './local-api.ts';
export { createLog, type Log, silentLog } from './log.ts';
export { Orchestrator, type OrchestratorOptions, type OrchestratorView } from './orchestrator.ts';
