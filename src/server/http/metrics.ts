/** What Prometheus reads at `/metrics`: runs, calls and what is under way. The numbers count from the start of the process. */
import type { Orchestrator } from '../../orchestrator.ts';

export interface Metrics {
  /** @returns the text and its content type */
  read(): Promise<{ type: string; text: string }>;
}

const runSeconds = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800];
const callSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];

/** @param connections of our clients */
export async function createMetrics(
  orchestrator: Orchestrator,
  connections: () => { requests: number; sessions: number },
): Promise<Metrics> {
  const { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } = await import('prom-client');
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const runs = new Counter({
    name: 'mcp_orchestrator_runs_total',
    help: 'Scripts that have ended, by how.',
    labelNames: ['status'],
    registers,
  });
  const runTimes = new Histogram({
    name: 'mcp_orchestrator_run_seconds',
    help: 'How long scripts took, waiting for their turn included.',
    buckets: runSeconds,
    registers,
  });
  const calls = new Counter({
    name: 'mcp_orchestrator_calls_total',
    help: 'Tool calls that have ended, by server and outcome (ok, or an error code).',
    labelNames: ['server', 'outcome'],
    registers,
  });
  const callTimes = new Histogram({
    name: 'mcp_orchestrator_call_seconds',
    help: 'How long tool calls took, waiting for their turn included.',
    labelNames: ['server'],
    buckets: callSeconds,
    registers,
  });
  const retries = new Counter({
    name: 'mcp_orchestrator_retries_total',
    help: 'Requests that were sent again, and connections made again for one, by server.',
    labelNames: ['server'],
    registers,
  });
  new Gauge({
    name: 'mcp_orchestrator_circuit_open',
    help: '1 while a server is left alone because its calls fail, else 0.',
    labelNames: ['server'],
    registers,
    collect() {
      // Servers come and go.
      this.reset();
      for (const [server, isOpen] of orchestrator.activity().circuits) this.set({ server }, isOpen ? 1 : 0);
    },
  });
  orchestrator.telemetry.onRetry((server) => retries.inc({ server }));
  orchestrator.telemetry.onRun(({ status, ms }) => {
    runs.inc({ status });
    runTimes.observe(ms / 1_000);
  });
  orchestrator.telemetry.onCall(({ server, outcome, ms }) => {
    calls.inc({ server, outcome });
    callTimes.observe({ server }, ms / 1_000);
  });
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name: `mcp_orchestrator_${name}`,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  gauge('runs_running', 'Scripts running now.', () => orchestrator.activity().sandboxes.running);
  gauge('runs_waiting', 'Scripts waiting for their turn.', () => orchestrator.activity().sandboxes.waiting);
  gauge('sandboxes', 'Sandboxes, ready or busy.', () => orchestrator.activity().sandboxes.processes);
  gauge('servers_connected', 'MCP servers connected.', () => orchestrator.activity().connected);
  gauge('http_requests', 'Requests of clients under way.', () => connections().requests);
  gauge('http_sessions', 'Sessions of clients.', () => connections().sessions);
  return { read: async () => ({ type: registry.contentType, text: await registry.metrics() }) };
}
