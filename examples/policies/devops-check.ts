/** What ails which service, since when, and what was deployed just before; opens an incident for each where it may. */
import { definePolicy, type PolicyInput, z } from 'mcp-tools-orchestrator/policy';
import { devops } from '../../generated/unified_api.ts';

export const policy = definePolicy({
  description:
    'Looks for unhealthy services, their most frequent error and the deployment that came before it; opens incidents only where asked to.',
  input: z.object({
    services: z.array(z.string()).optional().describe('Only these'),
    suspect_minutes: z
      .number()
      .positive()
      .default(60)
      .describe('A deployment so long before the first error is suspected'),
    open_incidents: z.boolean().default(false),
  }),
  output: z.object({
    checked: z.number(),
    findings: z.array(
      z.object({
        service: z.string(),
        error_rate: z.number(),
        error: z.string().optional(),
        count: z.number(),
        since: z.string().optional(),
        suspect: z.string().optional(),
        incident: z.number().optional(),
      }),
    ),
  }),
  tools: ['devops.list_services', 'devops.read_logs', 'devops.list_deployments', 'devops.open_incident'],
  limits: { callsMax: 200 },
});

export default async (input: PolicyInput<typeof policy>) => {
  const { services } = await devops.list_services({});
  const wanted = services.filter(({ name }) => input.services?.includes(name) ?? true);
  const findings = await Promise.all(
    wanted
      .filter(({ healthy }) => !healthy)
      .map(async ({ name: service, error_rate }) => {
        const [{ lines }, { deployments }] = await Promise.all([
          devops.read_logs({ service, level: 'error' }),
          devops.list_deployments({ service }),
        ]);
        const worst = mostFrequent(lines.map(({ message }) => message));
        const since = lines.find(({ message }) => message === worst?.value)?.at;
        const suspect = deployments.findLast(({ at }) => {
          const minutes = (Date.parse(since ?? '') - Date.parse(at)) / 60_000;
          return minutes >= 0 && minutes <= input.suspect_minutes;
        });
        return {
          service,
          error_rate,
          count: worst?.count ?? 0,
          ...(worst && { error: worst.value }),
          ...(since !== undefined && { since }),
          ...(suspect && { suspect: `${suspect.version}: ${suspect.change}` }),
        };
      }),
  );
  if (!input.open_incidents) return { checked: wanted.length, findings };
  const opened = [];
  for (const finding of findings) {
    const { id } = await devops.open_incident({
      service: finding.service,
      title: finding.error ?? 'unhealthy',
      details: `${finding.count} times since ${finding.since}. Suspected: ${finding.suspect ?? 'nothing'}`,
    });
    opened.push({ ...finding, incident: id });
  }
  return { checked: wanted.length, findings: opened };
};

function mostFrequent(values: readonly string[]): { value: string; count: number } | undefined {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const [first] = [...counts].sort(([, a], [, b]) => b - a);
  return first && { value: first[0], count: first[1] };
}
