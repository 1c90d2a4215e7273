/** A small company's services, as one would debug them: health, logs, deployments, incidents. Kept in memory; no network. */
import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import * as z from 'zod';
import { structured } from './structured.ts';

const services = [
  { name: 'checkout', healthy: false, error_rate: 0.18, latency_ms_p95: 2_400 },
  { name: 'catalog', healthy: true, error_rate: 0.001, latency_ms_p95: 90 },
  { name: 'payments', healthy: true, error_rate: 0.004, latency_ms_p95: 310 },
  { name: 'mailer', healthy: false, error_rate: 0.42, latency_ms_p95: 800 },
];

const deployments: Record<string, { version: string; at: string; change: string }[]> = {
  checkout: [
    { version: '4.8.0', at: '2026-06-08T09:00:00Z', change: 'Gift cards' },
    { version: '4.8.1', at: '2026-06-11T13:55:00Z', change: 'Connection pool of 5 instead of 50' },
  ],
  mailer: [{ version: '2.0.3', at: '2026-05-20T08:00:00Z', change: 'Templates' }],
};

const logs: Record<string, { at: string; level: 'info' | 'error'; message: string }[]> = {
  checkout: Array.from({ length: 120 }, (_, index) => ({
    at: new Date(Date.UTC(2026, 5, 11, 13, 50, index * 10)).toISOString(),
    level: index >= 30 && index % 3 === 0 ? 'error' : 'info',
    message: index >= 30 && index % 3 === 0 ? 'pool exhausted: no connection after 2000 ms' : 'order placed',
  })),
  mailer: Array.from({ length: 40 }, (_, index) => ({
    at: new Date(Date.UTC(2026, 5, 11, 12, 0, index * 30)).toISOString(),
    level: index % 2 === 0 ? 'error' : 'info',
    message: index % 2 === 0 ? 'smtp.example.com: certificate has expired' : 'mail sent',
  })),
};

const incidents: { id: number; service: string; title: string; details: string }[] = [];

const reads = { readOnlyHint: true, openWorldHint: false };
const service = z.string().describe('As list_services has it');

serveStdio(() => {
  const server = new McpServer({ name: 'devops', version: '1.0.0' });

  server.registerTool(
    'list_services',
    {
      description: 'Every service and how it is doing.',
      inputSchema: z.object({}),
      outputSchema: z.object({
        services: z.array(
          z.object({
            name: z.string(),
            healthy: z.boolean(),
            error_rate: z.number(),
            latency_ms_p95: z.number(),
          }),
        ),
      }),
      annotations: reads,
    },
    () => structured({ services }),
  );

  server.registerTool(
    'read_logs',
    {
      description: 'The log of a service, oldest first.',
      inputSchema: z.object({ service, level: z.enum(['info', 'error']).optional() }),
      outputSchema: z.object({
        lines: z.array(z.object({ at: z.string(), level: z.string(), message: z.string() })),
      }),
      annotations: reads,
    },
    ({ service: name, level }) =>
      structured({
        lines: (logs[name] ?? []).filter((line) => level === undefined || line.level === level),
      }),
  );

  server.registerTool(
    'list_deployments',
    {
      description: 'What was deployed of a service, oldest first.',
      inputSchema: z.object({ service }),
      outputSchema: z.object({
        deployments: z.array(z.object({ version: z.string(), at: z.string(), change: z.string() })),
      }),
      annotations: reads,
    },
    ({ service: name }) => structured({ deployments: deployments[name] ?? [] }),
  );

  server.registerTool(
    'open_incident',
    {
      description: 'Opens an incident. One with the same service and title is not opened twice.',
      inputSchema: z.object({ service, title: z.string(), details: z.string() }),
      outputSchema: z.object({ id: z.number().int(), created: z.boolean() }),
      annotations: {
        readOnlyHint: false,
        destructiveHint: false,
        idempotentHint: true,
        openWorldHint: false,
      },
    },
    (incident) => {
      const known = incidents.find((one) => one.service === incident.service && one.title === incident.title);
      if (known) return structured({ id: known.id, created: false });
      const id = incidents.length + 1;
      incidents.push({ id, ...incident });
      return structured({ id, created: true });
    },
  );

  return server;
});
