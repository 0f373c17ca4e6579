/** A prompt's content as one text: what a person compares line by line. */
import type { JsonValue, Parameter, PromptContent, ValueShape } from '@anvil/core/prompt';

/** Texts first, then a line per parameter and the config, each part under its name in brackets. */
export function contentText(content: PromptContent): string {
  const texts =
    content.kind === 'text'
      ? [content.template]
      : content.messages.map((message) =>
          'placeholder' in message
            ? `[placeholder ${message.placeholder}]`
            : `[${message.role}]\n${message.content}`,
        );
  const parameters =
    content.parameters.length > 0 ? [`[parameters]\n${parameterText(content.parameters)}`] : [];
  const config = content.config.trim() === '{}' ? [] : [`[config]\n${content.config}`];
  return [...texts, ...parameters, ...config].join('\n\n');
}

/** A line per parameter and per field: `order.items[].price: number, required`. */
export function parameterText(parameters: readonly Parameter[]): string {
  return parameters.flatMap((parameter) => linesOf(parameter, '')).join('\n');
}

function linesOf(parameter: Parameter, prefix: string): string[] {
  const path = prefix + parameter.name;
  const { required, default: value, deprecated } = parameter;
  const facts = [
    shapeWords(parameter),
    required ? 'required' : 'optional',
    ...(value === undefined ? [] : [`default ${json(value)}`]),
    ...(deprecated === undefined ? [] : [`deprecated: ${deprecated}`]),
    ...(parameter.description ? [json(parameter.description)] : []),
  ];
  return [`${path}: ${facts.join(', ')}`, ...innerLines(parameter, path)];
}

function innerLines({ fields, items }: ValueShape, path: string): string[] {
  const inner = (fields ?? []).flatMap((field) => linesOf(field, `${path}.`));
  if (!items) return inner;
  const description = items.description ? `, ${json(items.description)}` : '';
  return [...inner, `${path}[]: ${shapeWords(items)}${description}`, ...innerLines(items, `${path}[]`)];
}

/** `number`, `one of "a", "b"`, `object with any fields` */
function shapeWords({ type, enum: values, fields, items }: ValueShape): string {
  if (values) return `${type}, one of ${values.map(json).join(' | ')}`;
  if (type === 'object' && !fields) return 'object with any fields';
  if (type === 'list' && !items) return 'list of any items';
  return type;
}

function json(value: JsonValue): string {
  return JSON.stringify(value);
}
