import { PARAMETER_TYPES } from '@anvil/core/prompt';
import { ArrowDown, ArrowUp, ChevronRight, Plus, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { FieldErrors, ParameterForm, ShapeForm } from '../../lib/content-form.ts';
import { keptName } from '../../lib/content-form/kept.ts';
import { intentOf } from '../../lib/content-form/edits.ts';
import { nameOf } from '../../lib/content-form/names.ts';
import { equalParameterForms } from '../../lib/content-form/parameters.ts';
import { SelectField, TextareaField, TextField } from '../ui/field.tsx';
import { Tag } from '../ui/tag.tsx';
import { IntentButton, IntentIconButton } from './intent-button.tsx';

type Path = (string | number)[];

export interface ParameterListProps {
  /** Of the form: `['parameters']`, or the fields of one. */
  path: Path;
  parameters: ParameterForm[];
  /** As typed by now. */
  live: ParameterForm[];
  errors: FieldErrors;
  /** Names that the newest version doesn't have. */
  fresh?: readonly string[];
  /** What is saved, when the form came back from the server: what differs from it was being edited and stays open. */
  saved?: ParameterForm[];
}

/** Parameters or fields, each a row that opens. */
export function ParameterList({ path, parameters, live, errors, fresh, saved }: ParameterListProps) {
  return (
    <ul className="grid">
      {parameters.map((parameter, index) => (
        <li key={parameter.key}>
          <Parameter
            path={[...path, index]}
            parameter={parameter}
            live={live[index] ?? parameter}
            errors={errors}
            isFresh={fresh?.includes(parameter.name) ?? false}
            isLast={index === parameters.length - 1}
            saved={saved}
          />
        </li>
      ))}
    </ul>
  );
}

interface ParameterProps {
  path: Path;
  parameter: ParameterForm;
  live: ParameterForm;
  errors: FieldErrors;
  isFresh: boolean;
  isLast: boolean;
  saved: ParameterForm[] | undefined;
}

function Parameter({ path, parameter, live, errors, isFresh, isLast, saved }: ParameterProps) {
  const name = nameOf(path);
  const what = path.length > 2 ? 'field' : 'parameter';
  const title = live.name || `new ${what}`;
  const isWrong = Object.keys(errors).some((field) => field.startsWith(name));
  const ref = useRef<HTMLDetailsElement>(null);
  const before = saved?.find((one) => one.name === parameter.name);
  const [opened] = useState(
    parameter.name === '' || (saved !== undefined && !equalParameterForms(parameter, before)),
  );
  useEffect(() => {
    if (isWrong && ref.current) ref.current.open = true;
  }, [isWrong]);
  return (
    <details ref={ref} open={opened || isWrong} className="group/parameter border-b border-line">
      <summary className="touch flex min-h-8 items-center gap-2 rounded-4 py-1 text-12 hover:bg-raise">
        <ChevronRight
          size={16}
          strokeWidth={1.75}
          aria-hidden="true"
          className="shrink-0 text-faint transition-transform group-open/parameter:rotate-90"
        />
        <code className="min-w-0 flex-1 truncate text-13 font-medium">{title}</code>
        <code className="text-mute">{live.type}</code>
        {isWrong && <Tag tone="major">fix</Tag>}
        {isFresh && <Tag tone="minor">new</Tag>}
        <span className="max-w-32 truncate text-mute">{presenceWords(live)}</span>
      </summary>
      <div className="grid gap-3 pt-2 pb-4 pl-6">
        <div className="grid grid-cols-2 gap-3">
          <TextField
            label="Name"
            name={`${name}[name]`}
            mono
            autoCapitalize="none"
            spellCheck={false}
            defaultValue={parameter.name}
            error={errors[`${name}[name]`]}
          />
          <SelectField label="Required?" name={`${name}[presence]`} defaultValue={parameter.presence}>
            <option value="required">required</option>
            <option value="optional">optional</option>
          </SelectField>
        </div>
        <ShapeFields
          path={path}
          shape={parameter}
          live={live}
          errors={errors}
          saved={saved && (before ?? { fields: [] })}
        />
        <TextareaField
          label="Default"
          name={`${name}[default]`}
          mono
          rows={1}
          className="min-h-control-large"
          spellCheck={false}
          defaultValue={parameter.default}
          error={errors[`${name}[default]`]}
          hint={
            live.type === 'string'
              ? 'Used when no value is given. Leave empty for null.'
              : 'Used when no value is given, as JSON. Leave empty for null.'
          }
        />
        <TextField
          label="Deprecated"
          name={`${name}[deprecated]`}
          defaultValue={parameter.deprecated}
          error={errors[`${name}[deprecated]`]}
          hint="What callers should do instead. Leave empty if it isn’t deprecated."
        />
        <div className="flex flex-wrap items-center gap-1">
          <IntentButton icon={X} intent={intentOf('remove', name)}>
            Remove
          </IntentButton>
          {Number(path.at(-1)) > 0 && (
            <IntentIconButton icon={ArrowUp} label={`Move ${title} up`} intent={intentOf('up', name)} />
          )}
          {!isLast && (
            <IntentIconButton icon={ArrowDown} label={`Move ${title} down`} intent={intentOf('down', name)} />
          )}
        </div>
      </div>
    </details>
  );
}

interface ShapeFieldsProps {
  path: Path;
  shape: ShapeForm;
  live: ShapeForm;
  errors: FieldErrors;
  saved: Pick<ShapeForm, 'fields' | 'items'> | undefined;
}

/** What parameters, fields and items have in common: type, description, allowed values, and what is inside. */
function ShapeFields({ path, shape, live, errors, saved }: ShapeFieldsProps) {
  const name = nameOf(path);
  const { type } = live;
  const takesEnum = type === 'string' || type === 'number' || shape.enum !== '';
  const error = errors[`${name}[enum]`];
  return (
    <>
      <SelectField
        label="Type"
        name={`${name}[type]`}
        mono
        defaultValue={shape.type}
        error={errors[`${name}[type]`]}
      >
        {PARAMETER_TYPES.filter((one) => one !== 'messages' || path.length === 2 || shape.type === one).map(
          (one) => (
            <option key={one}>{one}</option>
          ),
        )}
      </SelectField>
      <TextareaField
        label="Description"
        name={`${name}[description]`}
        rows={1}
        className="min-h-control-large"
        defaultValue={shape.description}
        error={errors[`${name}[description]`]}
      />
      {takesEnum && (
        <TextareaField
          label="Allowed values"
          name={`${name}[enum]`}
          mono
          rows={1}
          className="min-h-control-large"
          spellCheck={false}
          defaultValue={shape.enum}
          error={error}
          hint="One per line. Leave empty to allow any value."
        />
      )}
      {(type === 'object' || shape.fields.length > 0) && (
        <Inside title="Fields" note={shape.fields.length === 0 ? 'Any field is allowed.' : undefined}>
          <ParameterList
            path={[...path, 'fields']}
            parameters={shape.fields}
            live={live.fields}
            errors={errors}
            saved={saved?.fields}
          />
          <div className="flex gap-2">
            <IntentButton icon={Plus} intent={intentOf('add', `${name}[fields]`)}>
              Add a field
            </IntentButton>
            {shape.fields.length > 0 && (
              <IntentButton variant="quiet" intent={intentOf('open', name)}>
                Allow any field
              </IntentButton>
            )}
          </div>
        </Inside>
      )}
      {(type === 'list' || shape.items) && (
        <Inside title="Items" note={shape.items ? undefined : 'Items of any type are allowed.'}>
          {shape.items && (
            <ShapeFields
              path={[...path, 'items']}
              shape={shape.items}
              live={live.items ?? shape.items}
              errors={errors}
              saved={saved && (saved.items ?? { fields: [] })}
            />
          )}
          <IntentButton
            variant={shape.items ? 'quiet' : 'plain'}
            className="justify-self-start"
            intent={intentOf(shape.items ? 'open' : 'items', name)}
          >
            {shape.items ? 'Allow any item' : 'Set the item type'}
          </IntentButton>
        </Inside>
      )}
      {shape.kept && <input type="hidden" name={keptName(path)} value={JSON.stringify(shape.kept)} />}
    </>
  );
}

function Inside({ title, note, children }: { title: string; note?: string; children: React.ReactNode }) {
  return (
    <fieldset className="grid gap-2 border-l-2 border-line pl-3">
      <legend className="float-left text-13 font-medium">{title}</legend>
      {note && <p className="clear-both text-12 text-mute">{note}</p>}
      {children}
    </fieldset>
  );
}

/** `required`, `= warm`, `optional` */
function presenceWords({ presence, default: value }: ParameterForm): string {
  if (presence !== 'optional') return 'required';
  return value === '' ? 'optional' : `= ${value}`;
}
