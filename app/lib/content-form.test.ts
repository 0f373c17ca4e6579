import { equalJson } from '@anvil/core/json';
import { checkParameters } from '@anvil/core/parameter';
import {
  ROLES,
  PARAMETER_TYPES,
  type JsonValue,
  type Parameter,
  type PromptContent,
  type ValueShape,
} from '@anvil/core/prompt';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addParameters, applyEdit } from './content-form/edits.ts';
import {
  readContentForm,
  toContent,
  toContentForm,
  writeContentForm,
  type ContentForm,
} from './content-form.ts';

/** A browser's own way: every line break of a field goes out as CR LF. */
function send(fields: [string, string][]): FormData {
  const data = new FormData();
  for (const [name, value] of fields) data.append(name, value.replace(/\r\n?|\n/g, '\r\n'));
  return data;
}

function throughTheBrowser(form: ContentForm): ContentForm {
  return readContentForm(send(writeContentForm(form)));
}

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc
    .array(fc.constantFrom('\r', '\n', '\r\n', ' ', 'a', '{{ a }}', '[', '"', '5', 'null'), { maxLength: 6 })
    .map((parts) => parts.join('')),
);
const line = text.map((one) => one.replace(/[\r\n]/g, ''));
const json = fc.jsonValue({ maxDepth: 1 }).map((value) => JSON.parse(JSON.stringify(value)) as JsonValue);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const below = { nil: undefined, maxDepth: 2, depthIdentifier: 'parameters', freq: 1 } as const;
const { parameter } = fc.letrec<{ shape: ValueShape; parameter: Parameter }>((tie) => {
  const ofShape = {
    type: fc.constantFrom(...PARAMETER_TYPES),
    description: maybe(text),
    enum: maybe(
      fc.array(fc.oneof(text, fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })), {
        maxLength: 3,
      }),
    ),
    fields: fc.option(fc.array(tie('parameter'), { maxLength: 2 }), below),
    items: fc.option(tie('shape'), below),
  };
  return {
    shape: fc.record(ofShape).map(strip),
    parameter: fc
      .record({
        name: line,
        required: fc.boolean(),
        default: maybe(fc.oneof(json, text)),
        deprecated: maybe(text),
        ...ofShape,
      })
      .map(strip),
  };
});

/** JSON as the server gives it: nothing undefined, no minus zero. */
function strip<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

const shared = { parameters: fc.array(parameter, { maxLength: 3 }), config: text };
const content: fc.Arbitrary<PromptContent> = fc.oneof(
  fc.record({ kind: fc.constant('text' as const), template: text, ...shared }),
  fc.record({
    kind: fc.constant('chat' as const),
    messages: fc.array(
      fc.oneof(
        fc.record({ role: fc.constantFrom(...ROLES), content: text }),
        fc.record({ placeholder: line }),
      ),
      { maxLength: 4 },
    ),
    ...shared,
  }),
);

test('a content that went through a form, untouched, is the same content', () => {
  fc.assert(
    fc.property(content, (before) => {
      const after = toContent(throughTheBrowser(toContentForm(before)));
      // Far faster than toEqual, which says it in words when it fails.
      if (!equalJson(after, { content: before, errors: {} }))
        expect(after).toEqual({ content: before, errors: {} });
    }),
    { numRuns: 10_000 },
  );
});

test('a form that comes back with errors shows what was typed', () => {
  const typed = fc.record({
    name: line,
    type: line,
    presence: line,
    default: text,
    deprecated: text,
    description: text,
    enum: text,
  });
  fc.assert(
    fc.property(fc.array(typed, { maxLength: 3 }), text, (parameters, template) => {
      const form: ContentForm = {
        ...emptyContentForm('text'),
        template: template.replace(/\r\n?/g, '\n'),
        parameters: parameters.map((one) => {
          const lf = Object.fromEntries(
            Object.entries(one).map(([key, value]) => [key, value.replace(/\r\n?/g, '\n')]),
          );
          return { ...one, ...lf, fields: [] };
        }),
      };
      const back = throughTheBrowser(form);
      expect(back).toEqual(form);
      expect(() => toContent(back)).not.toThrow();
    }),
    { numRuns: 10_000 },
  );
});

test('any fields at all are read without an error, and any button is pressed without one', () => {
  const step = fc.constantFrom(
    'messages',
    'parameters',
    'fields',
    'items',
    '0',
    '1',
    '7',
    'kept',
    'type',
    'constructor',
    '__proto__',
    'role',
  );
  const name = fc
    .array(step, { minLength: 1, maxLength: 60 })
    .map(([first = '', ...rest]) => first + rest.map((one) => `[${one}]`).join(''));
  const fields = fc.array(
    fc.tuple(
      fc.oneof(name, fc.string()),
      fc.oneof(text, fc.constantFrom('{"enum":1,"content":[]}', '{"default":{}}')),
    ),
    { maxLength: 12 },
  );
  const intent = fc
    .tuple(fc.constantFrom('add', 'remove', 'up', 'down', 'items', 'open', 'kind', 'save'), name)
    .map((parts) => parts.join(':'));
  fc.assert(
    fc.property(fields, intent, (given, pressed) => {
      const form = readContentForm(send(given));
      toContent(form);
      const edited = applyEdit(form, pressed);
      if (edited) toContent(edited);
    }),
    { numRuns: 10_000 },
  );
});

test('a prompt that becomes the other kind and back, unedited, is the same prompt', () => {
  fc.assert(
    fc.property(content, (before) => {
      const other = before.kind === 'text' ? 'chat' : 'text';
      let form = toContentForm(before);
      for (const kind of [other, before.kind])
        form = throughTheBrowser(applyEdit(form, `kind:${kind}`) ?? form);
      // A chat of no message is no chat: it comes back as one empty message.
      if (before.kind === 'chat' && before.messages.length === 0) return;
      expect(toContent(form)).toEqual({ content: before, errors: {} });
    }),
    { numRuns: 2_000 },
  );
});

test('a chat becomes one text of what its messages say, and an edited text one message', () => {
  const chat: PromptContent = {
    kind: 'chat',
    messages: [
      { role: 'system', content: 'Be brief.' },
      { placeholder: 'history' },
      { role: 'user', content: 'Hello' },
    ],
    parameters: [],
    config: '{}',
  };
  const text = throughTheBrowser(applyEdit(toContentForm(chat), 'kind:text') ?? toContentForm(chat));
  expect(toContent(text).content).toMatchObject({ kind: 'text', template: 'Be brief.\n\nHello' });
  const edited = { ...text, template: `${text.template}, you` };
  expect(toContent(applyEdit(edited, 'kind:chat') ?? edited).content).toMatchObject({
    kind: 'chat',
    messages: [{ role: 'user', content: 'Be brief.\n\nHello, you' }],
  });
  expect(applyEdit(text, 'kind:song')).toBeUndefined();
});

test('an edited text keeps the line breaks that all its lines had', () => {
  const form = toContentForm({ kind: 'text', template: 'one\r\ntwo', parameters: [], config: '{}' });
  expect(toContent({ ...form, template: 'one\ntwo\nthree' }).content).toMatchObject({
    template: 'one\r\ntwo\r\nthree',
  });
});

test('numbers that would be rounded are errors at their fields', () => {
  const form = addParameters(emptyContentForm('text'), [
    { name: 'n', type: 'number' },
    { name: 'o', type: 'object' },
    { name: 'e', type: 'number' },
  ]);
  form.parameters[0]!.default = '9007199254740993';
  form.parameters[1]!.default = '{ "id": 1e400 }';
  form.parameters[2]!.enum = '1\n9007199254740993';
  const { content, errors } = toContent(form);
  expect(errors).toEqual({
    'parameters[0][default]': [
      'This value is 9007199254740993, which a number can’t hold exactly. Give it as text.',
    ],
    'parameters[1][default]': ['`id` is 1e400, which a number can’t hold exactly. Give it as text.'],
  });
  expect(checkParameters(content.parameters.slice(2)).map(({ message }) => message)).toEqual([
    "A value that `e` allows is 9007199254740993, which a number can't hold exactly. Give it as text.",
  ]);
});

test('half-typed defaults are errors at their fields', () => {
  const form = addParameters(emptyContentForm('text'), [{ name: 'order', type: 'object' }]);
  form.parameters[0]!.default = '{ "a": ';
  expect(toContent(form).errors).toEqual({ 'parameters[0][default]': [expect.stringMatching(/isn’t JSON/)] });
});

test('a string parameter takes its default as it is typed', () => {
  const form = addParameters(emptyContentForm('text'), [{ name: 'tone', type: 'string' }]);
  form.parameters[0]!.presence = 'optional';
  form.parameters[0]!.default = 'warm';
  form.parameters[0]!.enum = 'warm\nplain';
  expect(toContent(form).content.parameters).toEqual([
    { name: 'tone', required: false, type: 'string', enum: ['warm', 'plain'], default: 'warm' },
  ]);
});

test('buttons add, move and remove messages and nested fields', () => {
  let form: ContentForm = emptyContentForm('chat');
  for (const intent of [
    'add:messages',
    'up:messages[1]',
    'add:parameters',
    'add:parameters[0][fields]',
    'items:parameters[0][fields][0]',
  ]) {
    form = applyEdit(form, intent) ?? form;
  }
  expect(form.messages.map(({ role }) => role)).toEqual(['assistant', 'user']);
  expect(form.parameters[0]?.fields[0]?.items?.type).toBe('string');
  form = applyEdit(form, 'remove:parameters[0][fields][0]') ?? form;
  expect(form.parameters[0]?.fields).toEqual([]);
  expect(applyEdit(form, 'save')).toBeUndefined();
});

/** A form without text. */
function emptyContentForm(kind: ContentForm['kind']): ContentForm {
  return {
    kind,
    template: '',
    messages: kind === 'chat' ? [{ role: 'user', content: '' }] : [],
    parameters: [],
    config: '{}',
  };
}
