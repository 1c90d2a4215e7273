/** The script's console: lines in order, `warn: ` and `error: ` before what those methods print. */
import { formatArguments, inspect } from './guest-inspect.ts';
import { dateNow } from './guest-primordials.ts';

const tableRowsMax = 1_000;

/** @param write takes whole lines */
export function createConsole(write: (text: string) => void): object {
  const counts = new Map<string, number>();
  const startedAt = new Map<string, number>();
  let indent = '';
  const print = (prefix: string, text: string) => {
    const whole = prefix + text;
    write(`${indent === '' ? whole : indent + whole.replaceAll('\n', `\n${indent}`)}\n`);
  };
  const printer =
    (prefix: string) =>
    (...values: unknown[]) =>
      print(prefix, formatArguments(values));
  const log = printer('');
  const elapsed = (label: string) => {
    const start = startedAt.get(label);
    return start === undefined ? `${label}: no such timer` : `${label}: ${dateNow() - start}ms`;
  };
  const group = (...values: unknown[]) => {
    if (values.length > 0) log(...values);
    indent += '  ';
  };
  return {
    log,
    info: printer(''),
    debug: printer(''),
    warn: printer('warn: '),
    error: printer('error: '),
    trace: printer('trace: '),
    dir: (value: unknown) => print('', inspect(value)),
    table: (data: unknown) => print('', tableText(data)),
    assert: (condition: unknown, ...values: unknown[]) => {
      if (!condition)
        print('error: ', `Assertion failed${values.length > 0 ? `: ${formatArguments(values)}` : ''}`);
    },
    count: (label = 'default') => {
      counts.set(`${label}`, (counts.get(`${label}`) ?? 0) + 1);
      print('', `${label}: ${counts.get(`${label}`)}`);
    },
    countReset: (label = 'default') => void counts.delete(`${label}`),
    group,
    groupCollapsed: group,
    groupEnd: () => {
      indent = indent.slice(2);
    },
    time: (label = 'default') => void startedAt.set(`${label}`, dateNow()),
    timeLog: (label = 'default', ...values: unknown[]) => {
      print('', [elapsed(`${label}`), ...(values.length > 0 ? [formatArguments(values)] : [])].join(' '));
    },
    timeEnd: (label = 'default') => {
      print('', elapsed(`${label}`));
      startedAt.delete(`${label}`);
    },
  };
}

/** Rows of objects or arrays as aligned columns; anything else as `log` prints it. */
function tableText(data: unknown): string {
  if (typeof data !== 'object' || data === null) return inspect(data);
  const rows = Object.entries(data).slice(0, tableRowsMax);
  const columns = ['(index)'];
  const cells = rows.map(([index, row]) => {
    const cell = new Map([['(index)', index]]);
    const fields: [string, unknown][] =
      typeof row === 'object' && row !== null ? Object.entries(row) : [['Values', row]];
    for (const [name, value] of fields) {
      if (!columns.includes(name)) columns.push(name);
      cell.set(name, inspect(value).replaceAll(/\s*\n\s*/g, ' '));
    }
    return cell;
  });
  const widths = columns.map((name) =>
    cells.reduce((width, cell) => Math.max(width, cell.get(name)?.length ?? 0), name.length),
  );
  const line = (texts: string[]) =>
    texts
      .map((text, index) => text.padEnd(widths[index] ?? 0))
      .join(' | ')
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(width)).join('-|-');
  return [
    line(columns),
    rule,
    ...cells.map((cell) => line(columns.map((name) => cell.get(name) ?? ''))),
  ].join('\n');
}
