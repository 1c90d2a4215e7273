/** An observed shape as JSON Schema, for readers of JSON: every result that was looked at is valid by it. */
import type { ObjectShape, Shape } from './observed-shape.ts';
import { toldWords } from './observed-words.ts';
import type { JsonObject } from './tool.ts';

/** Equal knowledge gives equal text: keys are sorted, and nothing is counted. */
export function observedSchema(shape: Shape): JsonObject {
  const types = shape.any
    ? []
    : (['null', 'boolean', 'number', 'string', 'array', 'object'] as const).filter(
        (kind) => shape[kind] !== undefined,
      );
  const words = shape.string ? toldWords(shape.string) : [];
  return {
    ...(types.length > 0 && { type: types.length === 1 ? types[0] : types }),
    ...(words.length > 0 && { examples: words }),
    ...(shape.array && { items: observedSchema(shape.array) }),
    ...(shape.object && objectKeywords(shape.object)),
  };
}

function objectKeywords({ properties, rest, map }: ObjectShape): JsonObject {
  if (map) return { additionalProperties: observedSchema(rest ?? {}) };
  const names = Object.keys(properties).sort();
  const required = names.filter((name) => !properties[name]?.optional);
  return {
    properties: Object.fromEntries(
      names.map((name) => [name, observedSchema(properties[name]?.shape ?? {})]),
    ),
    ...(required.length > 0 && { required }),
  };
}
