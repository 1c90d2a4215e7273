/** A report over a SQLite database: what was sold, by month and by product, without a row of it reaching the model. */
import { definePolicy, type PolicyInput, z } from 'mcp-tools-orchestrator/policy';
import { database } from '../../generated/unified_api.ts';

export const policy = definePolicy({
  description:
    'Reports the sales in a SQLite database: totals by month, the best products, and what is out of stock.',
  input: z.object({
    path: z.string().default('examples/data/shop.db').describe('The database file, as its server sees it'),
    year: z.number().int().min(2000).max(2100).default(2026),
    top: z.number().int().min(1).max(20).default(3),
  }),
  output: z.object({
    tables: z.array(z.string()),
    months: z.array(z.object({ month: z.string(), orders: z.number(), revenue: z.number() })),
    best_products: z.array(z.object({ name: z.string(), revenue: z.number() })),
    out_of_stock: z.array(z.string()),
    report: z.string(),
  }),
  tools: ['database.list_tables', 'database.query'],
  expose: true,
});

export default async ({ path, year, top }: PolicyInput<typeof policy>) => {
  const select = async (sql: string) => rowsOf(await database.query({ path, sql }));
  // Numbers by their schema, never texts: nothing of the input can become SQL.
  const [tables, months, best, empty] = await Promise.all([
    database.list_tables({ path }).then(rowsOf),
    select(`SELECT substr(ordered_at, 1, 7) AS month, count(DISTINCT orders.id) AS orders,
              round(sum(quantity * price), 2) AS revenue
            FROM orders JOIN order_lines ON order_id = orders.id JOIN products ON product_id = products.id
            WHERE ordered_at LIKE '${year}-%' GROUP BY month ORDER BY month`),
    select(`SELECT name, round(sum(quantity * price), 2) AS revenue
            FROM order_lines JOIN products ON product_id = products.id JOIN orders ON order_id = orders.id
            WHERE ordered_at LIKE '${year}-%' GROUP BY products.id ORDER BY revenue DESC LIMIT ${top}`),
    select('SELECT name FROM products WHERE stock = 0 ORDER BY name'),
  ]);
  const rows = months.map((row) => ({
    month: row.month ?? '',
    orders: Number(row.orders),
    revenue: Number(row.revenue),
  }));
  const total = rows.reduce((sum, { revenue }) => sum + revenue, 0);
  return {
    tables: tables.map((row) => row.name ?? ''),
    months: rows,
    best_products: best.map((row) => ({ name: row.name ?? '', revenue: Number(row.revenue) })),
    out_of_stock: empty.map((row) => row.name ?? ''),
    report: [
      `# Sales ${year}`,
      '',
      ...rows.map(({ month, orders, revenue }) => `- ${month}: ${orders} orders, ${revenue.toFixed(2)}`),
      '',
      `Total: ${total.toFixed(2)}`,
    ].join('\n'),
  };
};

/** The server answers with tab-separated lines: names first, then rows, a blank line, and their number. */
function rowsOf(text: string): Record<string, string>[] {
  const [table = ''] = text.split('\n\n');
  const [names = '', ...lines] = table.split('\n').filter((line) => line !== '');
  const columns = names.split('\t');
  return lines.map((line) => {
    const cells = line.split('\t');
    return Object.fromEntries(columns.map((column, index) => [column, cells[index] ?? '']));
  });
}
