/** A tool's answer in both forms: as structured content, and as text for hosts that show only that. */
export function structured<Value extends { [key: string]: unknown }>(value: Value) {
  return { content: [{ type: 'text' as const, text: JSON.stringify(value) }], structuredContent: value };
}
